"""A tour of match: literals, sequences, mappings, classes, guards, captures."""
from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    RED = 1
    GREEN = 2


@dataclass
class Point:
    x: int
    y: int


class Pair:
    __match_args__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


LIMIT = type("Limits", (), {"top": 100})


def classify(value):
    match value:
        case None | False | True:
            return f"singleton {value}"
        case 0 | 0.5:
            return "zero or half"
        case -1 | 2 + 3j:
            return "special number"
        case LIMIT.top:
            return "the limit"
        case "yes" | "no" as word:
            return f"answer {word}"
        case str(text) if text.isupper():
            return f"shout {text}"
        case b"raw":
            return "bytes"
        case Colour.RED:
            return "red"
        case Colour(name=name):
            return f"other colour {name}"
        case int(n) | float(n) if n > 1000:
            return f"big {n}"
        case int():
            return "int"
        case []:
            return "empty sequence"
        case [x]:
            return f"one: {x}"
        case [1, [2, [3, *deep]], *_]:
            return f"deep {deep}"
        case ["go", ("north" | "south") as where]:
            return f"go {where}"
        case [first, *middle, last] if first == last:
            return f"framed by {first}: {middle}"
        case (a, b, *rest):
            return f"{len(rest)} more after {a!r}, {b!r}"
        case {"type": "circle", "r": (int() | float()) as r}:
            return f"circle {r}"
        case {"type": str(kind), **others} if others:
            return f"{kind} with {sorted(others)}"
        case {"nested": {"list": [_, {"deep": found}]}}:
            return f"found {found}"
        case {}:
            return f"mapping of {len(value)}"
        case Point(0, 0):
            return "origin"
        case Point(x=0, y=y) | Point(x=y, y=0):
            return f"on an axis at {y}"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point():
            return "somewhere"
        case Pair(Pair(a, b), Point(x=c)):
            return f"pairs {a}{b}{c}"
        case Pair(left=left):
            return f"pair of {left}"
        case _:
            return f"nothing for {type(value).__name__}"


SAMPLES = [
    None, True, 1, 0, 0.0, 0.5, -1, 2 + 3j, 100, 1001, 2500.5, 3.25, "yes", "LOUD", "quiet", b"raw", Colour.RED, Colour.GREEN,
    [], [7], (7,), [1, [2, [3, 4, 5]], 6], ["go", "south"], ["go", "up"], "go", [1, 2, 3, 1], (1, 2, 3), range(5), deque("ab"),
    {"type": "circle", "r": 2}, {"type": "circle", "r": "2"}, {"type": "box"}, {"nested": {"list": [0, {"deep": "gold"}]}}, OrderedDict(a=1), {},
    Point(0, 0), Point(0, 5), Point(4, 0), Point(3, 3), Point(1, 2), Pair(Pair(1, 2), Point(3, 0)), Pair("l", "r"), {1, 2}, object,
]
for sample in SAMPLES:
    label = "a class" if sample is object else repr(sample) if not isinstance(sample, Pair) else "Pair"
    print(f"{label:<44} {classify(sample)}")
