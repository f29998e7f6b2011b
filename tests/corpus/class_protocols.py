"""Classes: equality and hashing, old style iteration, chained attributes, class bodies."""
import sys


class Rational:
    def __init__(self, top, bottom=1):
        self.pair = (top, bottom)

    def __eq__(self, other):
        if isinstance(other, int):
            other = Rational(other)
        if not isinstance(other, Rational):
            return NotImplemented
        (a, b), (c, d) = self.pair, other.pair
        return a * d == b * c

    def __hash__(self):
        top, bottom = self.pair
        return hash(top / bottom)


class Unhashable:
    def __eq__(self, other):
        return True


half = Rational(1, 2)
print(half == Rational(2, 4), half != Rational(1, 3), Rational(6, 3) == 2, 2 == Rational(6, 3), half == "x", len({half, Rational(2, 4), Rational(3)}), {2: "two"}[Rational(4, 2)], Unhashable.__hash__, Unhashable() != 1)


class Sequence:
    """Only __getitem__ and __len__: iteration, in and reversed still work."""

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return (index % len(self)) ** 2

    def __len__(self):
        return 5


sq = Sequence()
print(list(sq), 9 in sq, 10 in sq, list(reversed(sq)), sq[-1], sq[1:4], sq[::-2], [*sq, *sq][-1], max(sq), bool(sq), dict(enumerate(sq)))


class Chain:
    def __init__(self, path=""):
        self._path = path

    def __getattr__(self, name):
        return Chain(f"{self._path}/{name}")

    def __getitem__(self, key):
        return Chain(f"{self._path}[{key}]")

    def __call__(self, **query):
        return self._path + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")

    def __dir__(self):
        return ["anything"]


print(Chain().users[7].posts(limit=3), Chain().a.b(), dir(Chain()))


class Base:
    def __init_subclass__(cls):
        cls.tag = cls.__name__.lower()

    def hello(self):
        return f"{self.tag}:{super().__repr__()[:1]}"

    class Inner:
        where = "inner"

        def me(self):
            return __class__.__qualname__


class Child(Base):
    hello = lambda self: "<" + Base.hello(self) + ">"
    items: list = []
    items.append("shared")
    squares = {n: n * n for n in range(3)}
    if sys.maxsize > 0:
        def chosen(self): return "first"
    else:
        def chosen(self): return "second"
    for letter in "ab":
        locals()[f"get_{letter}"] = lambda self, letter=letter: letter * 2
    del letter


c = Child()
print(c.hello(), Base.Inner().me(), Child.Inner is Base.Inner, c.items, Child.squares, c.chosen(), c.get_a() + c.get_b(), hasattr(Child, "letter"))
c.__class__ = type("Other", (Child,), {"__str__": lambda self: "other!"})
print(f"{c}", c.tag, type(c).__name__, issubclass(type(c), Base), str(type(c).__mro__[1].__name__), callable(c), object.__repr__(c).startswith("<"))
print(type("T", (), {"v": property(lambda self: 5)})().v, (lambda: None).__name__, [].append.__name__, len.__self__.__name__, type(None)() is None, type(...).__name__, bool.__base__, type.__base__)
