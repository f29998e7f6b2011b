# expect: RuntimeError Crashed
a, b = [], []
for _ in range(100_000):
    a, b = [a], [b]
a == b
