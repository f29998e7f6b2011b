"""Closures, nonlocal, global, late binding, class scopes, comprehension scopes."""

counter = 0


def bump(by=1):
    global counter, created
    counter += by
    created = "by bump"
    return counter


print(bump(), bump(5), counter, created)


def account(balance):
    history = []

    def deposit(amount):
        nonlocal balance
        balance += amount
        history.append(amount)
        return balance

    def undo():
        nonlocal balance, history
        if history:
            *history, last = history
            balance -= last
        return balance

    return deposit, undo, lambda: (balance, tuple(history))


deposit, undo, peek = account(100)
deposit(20), deposit(5)
print(peek(), undo(), peek(), undo(), undo(), peek())
print(deposit.__code__.co_freevars, [cell.cell_contents for cell in deposit.__closure__])

late = [lambda: n for n in range(3)]
early = [lambda n=n: n for n in range(3)]
print([f() for f in late], [f() for f in early], [f(9) for f in early])


def nested():
    level = "one"

    def two():
        def three():
            nonlocal level
            level += ">three"
            return lambda: level
        level_reader = three()
        return level_reader(), level
    return two(), level


print(nested())

x = "global"


def scopes():
    x = "enclosing"

    class Body:
        y = x
        x = "class"
        z = x
        direct = [x for _ in range(1)]
        first_only = [v for v in (x, z)]

        def method(self):
            return x

        inner = lambda: x

    return Body.y, Body.z, Body.direct, Body.first_only, Body().method(), Body.inner()


try:
    print(scopes())
except NameError as error:
    print(type(error).__name__)


def deleted():
    value = 1
    def read():
        return value
    before = read()
    del value
    try:
        return before, read()
    except NameError as error:
        return before, type(error).__name__


def unbound(flag):
    if flag:
        local = 1
    try:
        return local
    except UnboundLocalError as error:
        return type(error).__name__


print(deleted(), unbound(True), unbound(False))


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
