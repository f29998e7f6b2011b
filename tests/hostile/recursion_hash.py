# expect: RuntimeError
# exception: RecursionError
nested = ()
for _ in range(100_000):
    nested = (nested,)
hash(nested)
