# expect: MemoryLimitExceeded RuntimeError
1 << 10 ** 11
