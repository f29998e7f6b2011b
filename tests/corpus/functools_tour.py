"""lru_cache, cached_property, partial, partialmethod, reduce."""
import operator
from functools import cached_property, lru_cache, partial, partialmethod, reduce


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
