"""lru_cache, cached_property, partial, reduce, singledispatch, total_ordering, wraps."""
import functools
import operator
from functools import cached_property, lru_cache, partial, partialmethod, reduce, singledispatch, singledispatchmethod


@lru_cache(maxsize=None)
def ways(total, coins=(1, 2, 5, 10)):
    if total == 0:
        return 1
    if total < 0 or not coins:
        return 0
    return ways(total - coins[-1], coins) + ways(total, coins[:-1])


print(ways(50), ways.cache_info().misses == ways.cache_info().currsize, ways.cache_parameters())


@lru_cache(maxsize=2, typed=True)
def square(n):
    print(f"[computing {n!r}]", end=" ")
    return n * n


print([square(n) for n in (1, 2, 1, 1.0, 2)], square.cache_info())
square.cache_clear()
print(square(3), square.cache_info().hits, square.__wrapped__(4), square.__name__)


class Circle:
    def __init__(self, radius):
        self.radius = radius

    @cached_property
    def area(self):
        print("(measuring)", end=" ")
        return self.radius * self.radius * 3

    def scale(self, factor, offset=0):
        return self.radius * factor + offset

    double = partialmethod(scale, 2)
    shifted = partialmethod(scale, offset=100)


circle = Circle(2)
print(circle.area, circle.area, vars(circle), circle.double(), circle.double(1), circle.shifted(3))
del circle.area
circle.radius = 1
print(circle.area)

from_binary = partial(int, base=2)
print(from_binary("1011"), from_binary.func is int, from_binary.keywords, partial(from_binary, "11")())
print(reduce(operator.mul, range(1, 8)), reduce(lambda a, b: b + a, "abc", "!"), reduce(max, [], 0))


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
