# expect: MemoryLimitExceeded
bytearray(10 ** 11)
