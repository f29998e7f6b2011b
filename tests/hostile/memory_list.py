# expect: MemoryLimitExceeded
[0] * 10 ** 10
