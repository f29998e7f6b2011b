# expect: CpuLimitExceeded
# run: cpu
try:
    1 / 0
finally:
    while True:
        pass
