"""Containers built on the abstract classes of collections.abc, and the numeric tower."""
from collections.abc import Container, Hashable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence, Set, Sized
from numbers import Integral, Number, Rational, Real


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
