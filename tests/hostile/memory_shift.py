# expect: MemoryLimitExceeded
1 << 10 ** 11
