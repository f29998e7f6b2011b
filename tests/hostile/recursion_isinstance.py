# expect: RuntimeError Crashed ok
classes = int
for _ in range(100_000):
    classes = (classes,)
isinstance('', classes)
