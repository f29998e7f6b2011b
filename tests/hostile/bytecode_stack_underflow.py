# expect: Crashed
# run: cpu
def f():
    return 1
f.__code__ = f.__code__.replace(co_code=b'\x1f\x00' * 100)
f()
