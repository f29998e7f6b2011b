"""yield from: delegation, errors inside generators, closing, generator-like classes."""
import inspect


def inner():
    try:
        received = yield "inner 1"
        yield f"inner echo {received}"
    except KeyError as error:
        yield f"inner caught {error}"
    return "inner result"


def outer():
    result = yield from inner()
    yield f"outer saw {result}"
    yield from [1, 2]
    yield from (letter for letter in "xy")
    return "end"


print(list(outer()))
delegating = outer()
print(next(delegating), delegating.throw(KeyError("k")), next(delegating), next(delegating))


def catches_stop():
    try:
        yield 1
        raise StopIteration("inside")
    finally:
        print("(unwound)", end=" ")


try:
    list(catches_stop())
except RuntimeError as error:
    print(type(error).__name__, type(error.__cause__).__name__, error.__cause__.value)


def ignores_close():
    try:
        yield
    except GeneratorExit:
        yield "refuse"


refusing = ignores_close()
next(refusing)
try:
    refusing.close()
except RuntimeError as error:
    print(type(error).__name__, "on close")


def returns_on_close():
    try:
        yield 1
    except GeneratorExit:
        return "saved"


saving = returns_on_close()
print(next(saving), saving.close(), saving.close())


class Countdown:
    """An iterator class used through yield from, with its own send and throw."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        self.n -= 1 if value is None else value
        if self.n < 0:
            raise StopIteration("launched")
        return self.n

    def throw(self, error):
        self.n = 0
        return f"thrown {type(error).__name__}"


def wrap(n):
    return (yield from Countdown(n))


rocket = wrap(10)
print(next(rocket), rocket.send(4), rocket.throw(ArithmeticError()))
try:
    next(rocket)
except StopIteration as stop:
    print(stop.value)


def reentrant():
    yield next(me)


me = reentrant()
try:
    next(me)
except ValueError as error:
    print(type(error).__name__)
squares = (n * n for n in range(5) if n % 2)
print(squares.gi_running, list(squares), list(squares), next(squares, "default"), inspect.isgenerator(squares))
