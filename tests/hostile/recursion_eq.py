# expect: RuntimeError
# exception: RecursionError
a, b = [], []
for _ in range(100_000):
    a, b = [a], [b]
a == b
