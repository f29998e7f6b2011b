# expect: RuntimeError Crashed ok
nested = ()
for _ in range(100_000):
    nested = (nested,)
hash(nested)
