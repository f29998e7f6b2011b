# expect: MemoryLimitExceeded
set(range(10 ** 9))
