"""Enum, Flag, IntEnum, StrEnum, auto, aliases, methods and functional API."""
import enum
import json
from enum import CONFORM, EJECT, Enum, Flag, IntEnum, IntFlag, StrEnum, auto, member, nonmember, unique, verify


class Planet(Enum):
    MERCURY = (3.303e23, 2.4397e6)
    EARTH = (5.976e24, 6.37814e6)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius

    @property
    def gravity(self):
        return 6.67300e-11 * self.mass / self.radius**2


print([f"{p.name} {p.gravity:.2f}" for p in Planet], Planet["EARTH"] is Planet.EARTH, Planet((3.303e23, 2.4397e6)).name)


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
for bad in (lambda: Weekday(9), lambda: Weekday["FRI"], lambda: setattr(Weekday, "MON", 4), lambda: Planet.EARTH < Planet.MERCURY, lambda: delattr(Weekday, "MON")):
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


class Letters(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower() * (count + 1)

    A = auto()
    B = auto()
    helper = nonmember(42)
    fn = member(len)

    def __str__(self):
        return f"<{self._value_}>" if isinstance(self.value, str) else self.name


print([str(x) for x in Letters], Letters.helper, Letters.fn.value("abc"), Letters.B.name)
Animal = Enum("Animal", "CAT DOG", start=5)
Coded = Enum("Coded", {"X": "ex", "Y": "why"}, type=str)
print(list(Animal), Animal(6), Coded.Y + "!", Coded.X.value, isinstance(Coded.X, str), Animal.CAT in Animal, 5 in Animal, 99 in Animal)
try:
    class More(Weekday):
        EXTRA = 8
except TypeError as error:
    print(type(error).__name__)
try:
    @unique
    class Twice(Enum):
        A = 1
        B = 1
except ValueError as error:
    print(type(error).__name__)
try:
    @verify(enum.CONTINUOUS)
    class Gap(Enum):
        A = 1
        C = 3
except ValueError as error:
    print(type(error).__name__)


class Light(Enum):
    GREEN = "go"
    AMBER = "slow"
    RED = "stop"
    _ignore_ = ["temp"]
    temp = 1

    @property
    def following(self):
        match self:
            case Light.GREEN:
                return Light.AMBER
            case Light.AMBER:
                return Light.RED
            case Light.RED:
                return Light.GREEN


light, seen = Light.GREEN, []
for _ in range(4):
    light = light.following
    seen.append(light.name[0])
print("".join(seen), hasattr(Light, "temp"), len(Light), list(reversed(Light))[0], Light.RED.__class__.__name__, {Light.RED: 1}[Light("stop")], bool(Light.RED))
