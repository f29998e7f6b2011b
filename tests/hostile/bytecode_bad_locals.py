# expect: Crashed
# run: cpu
def f(a):
    b = a
    return b
f.__code__ = f.__code__.replace(co_code=b'\x59\xff' * 64, co_stacksize=0)
f(1)
