"""Closures, nonlocal, global, late binding, class scopes."""

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
