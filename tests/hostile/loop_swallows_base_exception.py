# expect: CpuLimitExceeded
# run: cpu
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
