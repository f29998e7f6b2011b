# expect: MemoryLimitExceeded
items = []
while True:
    items.append('x' * 100_000)
