# expect: MemoryLimitExceeded
list(range(10 ** 9))
