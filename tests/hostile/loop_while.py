# expect: CpuLimitExceeded
# run: cpu
while True:
    pass
