# expect: MemoryLimitExceeded RuntimeError
'{:>99999999999}'.format(1)
