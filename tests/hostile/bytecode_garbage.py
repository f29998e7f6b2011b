# expect: RuntimeError
# exception: ValueError
# run: cpu
def f():
    return 1
code = f.__code__
f.__code__ = code.replace(co_code=bytes(range(256)))
f()
