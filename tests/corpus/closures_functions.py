"""Functions as values: composition, currying, defaults, fix points, __class__ cells."""


def compose(*functions):
    def run(value):
        for function in reversed(functions):
            value = function(value)
        return value
    return run


def curry(function, arity):
    return function if arity < 2 else lambda first: curry(lambda *rest: function(first, *rest), arity - 1)


print(compose(str, abs, int)("-12"), curry(lambda a, b, c: a + b * c, 3)(1)(2)(3))


def default_trap(item, bucket=[], *, seen={}):
    bucket.append(item)
    seen[item] = len(seen)
    return bucket, seen


default_trap(1)
print(default_trap("b"), default_trap.__defaults__, default_trap.__kwdefaults__)


def make_class(base_name):
    class Made:
        name = base_name.title()

        def __init__(self):
            self.origin = __class__.__qualname__

    return Made


made = make_class("widget")()
print(made.name, made.origin, type(made).__name__)

total = 0
squares = [total := total + n * n for n in range(4)]
print(squares, total, [n for n in range(3)], "n" in globals())
cells = {name: (lambda: name) for name in "ab"}
print({key: value() for key, value in cells.items()}, (lambda *a, k=2, **kw: (a, k, kw))(1, *[2], k=3, **{"z": 4}))
fact = (lambda f: lambda n: f(f, n))(lambda f, n: 1 if n == 0 else n * f(f, n - 1))
print(fact(10), sorted(vars(made)), (lambda: (yield))().__class__.__name__)
try:
    exec("def f():\n    nonlocal missing\n")
except SyntaxError as error:
    print(type(error).__name__)
