"""The operator module, and the special methods which operators call."""
import operator as op
from functools import reduce

people = [{"name": "Bo", "age": 31, "tags": ["x", "y"]}, {"name": "Ana", "age": 25, "tags": []}, {"name": "Cy", "age": 31, "tags": ["z"]}]
print(sorted(map(op.itemgetter("age", "name"), people)), [p["name"] for p in sorted(people, key=op.itemgetter("age"), reverse=True)])
print(op.attrgetter("real", "imag")(3 + 4j), op.attrgetter("__class__.__name__")(5), op.methodcaller("split", ",", maxsplit=1)("a,b,c"), op.itemgetter(slice(1, 3))("abcd"))
print(op.add("a", "b"), op.floordiv(7, 2), op.truediv(7, 2), op.matmul.__name__, op.neg(3), op.inv(5), op.not_([]), op.truth([0]), op.index(True), op.xor(6, 3))
print(op.contains([1, 2], 2), op.countOf("banana", "a"), op.indexOf("banana", "n"), op.concat([1], [2]), op.is_(None, None), op.length_hint(iter([1, 2, 3])), op.length_hint(object(), 7))
data = {"k": [1, 2]}
op.setitem(data, "n", 5)
op.delitem(data, "k")
items = [1]
same = op.iadd(items, [2])
print(data, same is items, reduce(op.or_, [1, 4, 16]), op.call(max, 3, 9), list(map(op.le, [1, 5], [2, 4])))


class Spy:
    """Reports which special method runs, to show the order of evaluation."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


def install(kind):
    def method(self, *args):
        return Spy(f"{kind}({', '.join([self.name, *map(str, args)])})")
    return method


for kind in "add radd sub rsub mul truediv floordiv mod divmod pow lshift rshift and or xor rxor matmul neg pos invert abs getitem call iadd ror round".split():
    setattr(Spy, f"__{kind}__", install(kind))

a, b = Spy("a"), Spy("b")
print(a + b, 1 + a, a - 1, 5 - a, a * b @ b, a / 2 // 3 % 4, divmod(a, b), a**2, pow(a, 2, 3), a << 1 >> 2, a & b | a ^ 1, {1} | a)
print(-a, +a, ~a, abs(a), a[1], a[1:2], a[1, ...], a[::2, 0], a(3), -a**2, (-a) ** 2, round(a, 2), a + b * a)
a += 1
b -= 2
print(a, b)


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __eq__(self, other):
        return self.cents == other.cents if isinstance(other, Money) else NotImplemented

    def __lt__(self, other):
        return self.cents < other.cents if isinstance(other, Money) else NotImplemented

    def __hash__(self):
        return hash(self.cents)

    def __bool__(self):
        return self.cents != 0

    def __format__(self, spec):
        return format(self.cents / 100, spec or ".2f") + " EUR"

    def __index__(self):
        return self.cents

    def __int__(self):
        return self.cents // 100

    def __float__(self):
        return self.cents / 100

    def __contains__(self, cents):
        return 0 <= cents <= self.cents

    def __len__(self):
        return self.cents // 100

    def __reversed__(self):
        return iter(str(self.cents)[::-1])

    def __iter__(self):
        yield from divmod(self.cents, 100)


m, n = Money(1250), Money(5)
print(m > n, m == Money(1250), m != n, m == 1250, {m: 1}[Money(1250)], bool(Money(0)), f"{m} {n:.1f} {m:>8.2f}", list(range(10))[n], hex(m), int(m), float(n))
print(50 in m, 2000 in m, len(m), [*reversed(m)], [*m], max(n, m).cents, sorted([m, n])[0].cents, "abc" * Money(2), bin(n))
for bad in (lambda: m + n, lambda: m < 3, lambda: m >= n, lambda: -m, lambda: m[0], lambda: 3 @ 4, lambda: [] < {}, lambda: m()):
    try:
        bad()
    except TypeError as error:
        print(type(error).__name__, end=" ")
print()


class Child(int):
    def __radd__(self, other):
        return "reflected first"

    def __add__(self, other):
        return "own"


print(1 + Child(2), Child(2) + 1, 1 < 2 < 3 != 4, 3 > 2 > 3, (1 < 2) < 3, not 1 == 2, m is not None, 1 if [] else 2, [] or "x" and "y")
