"""singledispatch, singledispatchmethod, total_ordering, cmp_to_key, wraps."""
import functools
from functools import singledispatch, singledispatchmethod


@singledispatch
def describe(value):
    return f"something of type {type(value).__name__}"


@describe.register
def _(value: int | float):
    return f"number {value:+}"


@describe.register(list)
@describe.register(tuple)
def _(value):
    return "[" + ", ".join(map(describe, value)) + "]"


@describe.register
def _(value: bool):
    return "yes" if value else "no"


print(describe([1, -2.5, True, (None, "x")]), describe.dispatch(bool) is describe.registry[bool])


class Formatter:
    @singledispatchmethod
    def render(self, value):
        raise NotImplementedError(type(value).__name__)

    @render.register
    def _(self, value: str):
        return repr(value)

    @render.register
    @classmethod
    def _(cls, value: bytes):
        return f"{cls.__name__}:{value.hex()}"


print(Formatter().render("a"), Formatter().render(b"a"))
try:
    Formatter().render(1)
except NotImplementedError as error:
    print("not implemented for", error)


@functools.total_ordering
class Card:
    RANKS = "23456789TJQKA"

    def __init__(self, text):
        self.rank, self.suit = text

    def __eq__(self, other):
        return self.rank == other.rank if isinstance(other, Card) else NotImplemented

    def __lt__(self, other):
        return self.RANKS.index(self.rank) < self.RANKS.index(other.rank)

    def __repr__(self):
        return self.rank + self.suit


hand = [Card(c) for c in "Td 2h As Th 9c".split()]
print(sorted(hand), hand[0] >= hand[3], hand[0] > hand[3], max(hand), hand[0] != "Td")
print(sorted("b10 a9 b9 a10".split(), key=functools.cmp_to_key(lambda a, b: (int(a[1:]) > int(b[1:])) - (int(a[1:]) < int(b[1:])))))


def traced(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)
    wrapper.calls = 0
    return wrapper


@traced
def fib(n):
    """Slow on purpose."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(12), fib.calls, fib.__name__, fib.__doc__, fib.__wrapped__.__name__)
