# expect: Crashed
# run: cpu
def f():
    return 12345678
f.__code__ = f.__code__.replace(co_consts=())
f()
