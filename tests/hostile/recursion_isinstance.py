# expect: RuntimeError
# exception: RecursionError
classes = int
for _ in range(100_000):
    classes = (classes,)
isinstance('', classes)
