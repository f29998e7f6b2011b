"""Pickling: protocols, classes, hooks, shared references."""
import os
import pickle
from collections import OrderedDict, defaultdict, deque, namedtuple
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial

Row = namedtuple("Row", "id name")


class Suit(Enum):
    HEARTS = "h"


class Plain:
    version = 2

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)


class Connection:
    def __init__(self, host):
        self.host, self.socket, self.calls = host, object(), 0

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["socket"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.socket = "reopened"


class Temperature:
    __slots__ = ("degrees", "__weakref__")

    def __new__(cls, degrees=0):
        self = super().__new__(cls)
        self.degrees = degrees
        return self

    def __getnewargs__(self):
        return (self.degrees,)


class Tree(dict):
    def __reduce__(self):
        return rebuild, (list(self.items()),), None, None, None


def rebuild(pairs):
    tree = Tree(pairs)
    tree["rebuilt"] = True
    return tree


VALUES = [
    None, True, -5, 2**100, 1.5, float("inf"), 2 - 3j, "é😀", b"\x00\xff", bytearray(b"ab"), (1, (2,)), [1, [2]], {"k": {1: 2}}, {3}, frozenset([4]), range(1, 9, 2), slice(1, 2),
    Row(1, "n"), Suit.HEARTS, Plain(a=1, b=[2]), date(2024, 2, 29), Decimal("1.50"), Fraction(2, 6), OrderedDict(z=1, a=2), deque([1], maxlen=3), defaultdict(list, k=[1]), int, len, Plain, ValueError("x", 2).args, ...,
]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    good = sum(pickle.loads(pickle.dumps(value, protocol)) == value for value in VALUES)
    print(f"protocol {protocol}: {good} of {len(VALUES)}")

shared = [1]
first, second, third = pickle.loads(pickle.dumps((shared, shared, [1])))
cycle = Plain(name="loop")
cycle.me = cycle
back = pickle.loads(pickle.dumps(cycle))
print(first is second, first is third, back.me is back, pickle.loads(pickle.dumps(Suit.HEARTS)) is Suit.HEARTS)
connection = pickle.loads(pickle.dumps(Connection("example")))
print(connection.host, connection.socket, connection.calls, pickle.loads(pickle.dumps(Temperature(21))).degrees, pickle.loads(pickle.dumps(Tree(a=1))))
print(pickle.loads(pickle.dumps(partial(int, base=2)))("101"), pickle.loads(pickle.dumps("abc".upper))(), pickle.loads(pickle.dumps(ZeroDivisionError("z"))).args)

for bad in (lambda: 0, (n for n in []), open(os.devnull)):
    try:
        pickle.dumps(bad)
    except (pickle.PicklingError, TypeError, AttributeError):
        print("cannot pickle", type(bad).__name__)
    finally:
        getattr(bad, "close", int)()
for data in (b"", b"garbage", pickle.dumps([1, 2])[:-1]):
    try:
        pickle.loads(data)
    except (pickle.UnpicklingError, EOFError, KeyError, IndexError) as error:
        print("bad data:", isinstance(error, Exception))
