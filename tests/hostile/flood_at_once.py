# expect: OutputLimitExceeded
print('x' * 10_000_000)
