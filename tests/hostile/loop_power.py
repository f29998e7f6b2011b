# expect: CpuLimitExceeded MemoryLimitExceeded
# run: cpu
9 ** 9 ** 9
