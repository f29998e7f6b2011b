# expect: MemoryLimitExceeded
'a' * (2 ** 62)
