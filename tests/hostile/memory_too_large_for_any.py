# expect: MemoryLimitExceeded RuntimeError
'a' * (2 ** 62)
