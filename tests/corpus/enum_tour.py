"""Enum, Flag, IntEnum, IntFlag, StrEnum, auto, aliases and methods."""
import enum
import json
from enum import CONFORM, EJECT, Enum, Flag, IntEnum, IntFlag, StrEnum, auto


class Coin(Enum):
    PENNY = (1, 2.5)
    DIME = (10, 2.27)

    def __init__(self, cents, grams):
        self.cents, self.grams = cents, grams

    @property
    def density(self):
        return self.cents / self.grams


print([f"{coin.name} {coin.density:.2f}" for coin in Coin], Coin["DIME"] is Coin.DIME, Coin((1, 2.5)).name)


class Weekday(IntEnum):
    MON = 1
    TUE = auto()
    WED = auto()
    MIDDLE = 3
    SUN = 7

    @classmethod
    def _missing_(cls, value):
        if isinstance(value, str):
            return cls.__members__.get(value[:3].upper())
        return None

    def next(self):
        days = list(type(self))
        return days[(days.index(self) + 1) % len(days)]


print(list(Weekday), Weekday.MIDDLE is Weekday.WED, list(Weekday.__members__), Weekday("tuesday"), Weekday.SUN.next())
print(Weekday.MON + 1, Weekday.MON < 3, sorted([Weekday.SUN, Weekday.MON]), f"{Weekday.TUE} {Weekday.TUE!r} {Weekday.TUE:>4}", json.dumps({"d": Weekday.WED}))
for bad in (lambda: Weekday(9), lambda: Weekday["FRI"], lambda: setattr(Weekday, "MON", 4), lambda: Coin.PENNY < Coin.DIME, lambda: delattr(Weekday, "MON")):
    try:
        bad()
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        print(type(error).__name__, end=" ")
print()


class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W
    NONE = 0


rw = Perm.R | Perm.W
print(rw is Perm.RW, Perm.R in rw, Perm.X in rw, ~rw, rw ^ Perm.W, rw & Perm.X, bool(Perm.NONE), list(Perm), list(rw), len(rw), Perm(7))
print(Perm.X | Perm.R, repr(Perm.X | Perm.R), str(Perm.NONE), (Perm.X | Perm.R).name, Perm.W.value, Perm(5) == Perm.R | Perm.X, [p.name for p in Perm(6)])
try:
    Perm(16)
except ValueError as error:
    print(type(error).__name__)


class Mode(IntFlag):
    A = 1
    B = 4


class Strict(Flag, boundary=CONFORM):
    ONE = 1
    TWO = 2


print(Mode.A | 8, Mode(5), int(Mode.A | Mode.B), Mode.A + 1, Strict(255), Mode.A | 2 | Mode.B, EJECT is enum.FlagBoundary.EJECT)


class Level(StrEnum):
    LOW = auto()
    HIGH = auto()
    ODD = "very-odd"


print(Level.LOW, Level.HIGH.upper(), Level("very-odd").name, f"{Level.LOW:>5}", Level.LOW == "low", "-".join(Level), repr(Level.ODD), {Level.LOW: 1}["low"])
