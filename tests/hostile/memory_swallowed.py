# expect: CpuLimitExceeded MemoryLimitExceeded
# run: cpu
items = []
while True:
    try:
        items.append(bytearray(10 ** 6))
    except BaseException:
        pass
