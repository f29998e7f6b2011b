"""Enum: generated values, functional API, checks, a state machine."""
import enum
from enum import Enum, auto, member, nonmember, unique, verify


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
    class More(Animal):
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
