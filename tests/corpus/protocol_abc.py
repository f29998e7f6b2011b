"""Abstract base classes, runtime protocols, virtual subclasses, container ABCs."""
from abc import ABC, ABCMeta, abstractmethod
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence, Set, Sized
from numbers import Integral, Number, Rational, Real
from typing import Protocol, runtime_checkable


class Storage(ABC):
    @abstractmethod
    def read(self, key):
        """Return the value."""

    @property
    @abstractmethod
    def size(self): ...

    @classmethod
    @abstractmethod
    def open(cls): ...

    def read_all(self, *keys):
        return [self.read(key) for key in keys]


class Partial(Storage):
    def read(self, key):
        return super().read(key) or f"<{key}>"


class Memory(Partial):
    size = 0

    @classmethod
    def open(cls):
        return cls()


for cls in (Storage, Partial, Memory):
    try:
        print(cls.__name__, sorted(cls.__abstractmethods__), cls().read_all("a", "b"))
    except TypeError as error:
        print(cls.__name__, sorted(cls.__abstractmethods__), type(error).__name__)


@runtime_checkable
class Drawable(Protocol):
    colour: str

    def draw(self) -> str: ...


@runtime_checkable
class Closable(Protocol):
    def close(self): ...


class Square:
    colour = "red"

    def draw(self):
        return "[]"


class Explicit(Drawable):
    colour = "blue"

    def draw(self):
        return "explicit"


print(isinstance(Square(), Drawable), isinstance("text", Drawable), issubclass(Square, Closable), isinstance(open, Callable), Explicit().draw())
try:
    Drawable()
except TypeError as error:
    print(type(error).__name__)


@Storage.register
class Foreign:
    pass


class Sniffing(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, other):
        if cls is Sniffing:
            return any("sniff" in vars(base) for base in other.__mro__) or NotImplemented
        return NotImplemented


class Dog:
    def sniff(self): ...


print(issubclass(Foreign, Storage), isinstance(Foreign(), Storage), Storage in Foreign.__mro__, issubclass(Dog, Sniffing), issubclass(int, Sniffing))


class Deck(Sequence):
    def __init__(self, cards):
        self.cards = list(cards)

    def __len__(self):
        return len(self.cards)

    def __getitem__(self, index):
        return type(self)(self.cards[index]) if isinstance(index, slice) else self.cards[index]


deck = Deck("AKQJA")
print("Q" in deck, deck.index("J"), deck.count("A"), list(reversed(deck)), deck[1:3].cards, [*deck][-1], isinstance(deck, Iterable))


class Tags(MutableSequence):
    def __init__(self):
        self.data = []

    def __len__(self): return len(self.data)
    def __getitem__(self, i): return self.data[i]
    def __setitem__(self, i, value): self.data[i] = value.lower()
    def __delitem__(self, i): del self.data[i]
    def insert(self, i, value): self.data.insert(i, value.lower())


tags = Tags()
tags.append("One")
tags.extend(["TWO", "Three"])
tags += ["FOUR"]
tags.reverse()
tags.remove("two")
print(tags.data, tags.pop(), tags.pop(0), len(tags))


class Lower(MutableMapping):
    def __init__(self, *args, **kwargs):
        self.data = {}
        self.update(*args, **kwargs)

    def __getitem__(self, key): return self.data[key.lower()]
    def __setitem__(self, key, value): self.data[key.lower()] = value
    def __delitem__(self, key): del self.data[key.lower()]
    def __iter__(self): return iter(self.data)
    def __len__(self): return len(self.data)


headers = Lower({"Host": "a"}, PORT=1)
print(headers["HOST"], "port" in headers, headers.setdefault("X", 9), headers.pop("x"), headers == {"host": "a", "port": 1}, list(headers.items()), {**headers})


class Bits(Set):
    def __init__(self, items=()):
        self.mask = sum({1 << i for i in items})

    def __contains__(self, i): return bool(self.mask >> i & 1)
    def __iter__(self): return (i for i in range(self.mask.bit_length()) if i in self)
    def __len__(self): return self.mask.bit_count()
    def __repr__(self): return f"Bits{list(self)}"


a, b = Bits([1, 3, 5]), Bits([3, 4])
print(a & b, a | b, a - b, a ^ b, a <= b, Bits([3]) < a, a.isdisjoint([2]), a == {1, 3, 5}, {3, 9} & a)
print([t.__name__ for t in (Sized, Hashable, Container, Mapping, Sequence, Set) if isinstance({}, t)], [t.__name__ for t in (Number, Real, Rational, Integral) if isinstance(2.5, t)], isinstance(True, Integral))
