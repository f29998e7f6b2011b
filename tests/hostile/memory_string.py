# expect: MemoryLimitExceeded
'a' * 10 ** 10
