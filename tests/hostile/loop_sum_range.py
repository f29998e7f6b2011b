# expect: CpuLimitExceeded
# run: cpu
sum(range(10 ** 12))
