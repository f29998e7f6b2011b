"""Dataclass options: ordering, freezing, factories, init-only values, inheritance."""
import dataclasses
from dataclasses import KW_ONLY, FrozenInstanceError, InitVar, asdict, astuple, dataclass, field, fields, replace
from typing import ClassVar


@dataclass(order=True, frozen=True)
class Version:
    major: int
    minor: int = 0
    patch: int = 0
    label: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text):
        numbers, _, label = text.partition("-")
        return cls(*map(int, numbers.split(".")), label=label)

    def __str__(self):
        text = f"{self.major}.{self.minor}.{self.patch}"
        return f"{text}-{self.label}" if self.label else text


versions = [Version.parse(t) for t in ("1.10.0", "1.2", "1.2.0-beta", "0.9.9")]
print(*sorted(versions), sep=" < ")
print(versions[1] == versions[2], len(set(versions)), max(versions), versions[0] >= versions[1])
print(replace(versions[0], minor=11, label="rc"), repr(versions[3]))
try:
    versions[0].major = 2
except FrozenInstanceError as error:
    print(type(error).__name__, isinstance(error, AttributeError))


@dataclass
class Basket:
    owner: str
    items: list = field(default_factory=list)
    discount: InitVar[float] = 0.0
    _: KW_ONLY
    note: str = ""
    secret: str = field(default="shh", repr=False)
    total: float = field(init=False, default=0.0)
    created: ClassVar[int] = 0

    def __post_init__(self, discount):
        type(self).created += 1
        self.total = round(sum(price for _, price in self.items) * (1 - discount), 2)


first, second = Basket("Ana"), Basket("Bo", [("pear", 1.25), ("fig", 3.0)], 0.1, note="gift")
first.items.append(("nut", 9))
print(first, second, sep="\n")
print(Basket.created, [f.name for f in fields(Basket)], asdict(second)["items"] is second.items)
print(astuple(second), first == Basket("Ana", [("nut", 9)]), first == "Ana")
try:
    Basket("Cy", [], 0.0, "positional note")
except TypeError as error:
    print(type(error).__name__)
try:
    hash(first)
except TypeError as error:
    print(type(error).__name__)


@dataclass(slots=True)
class Point:
    x: float
    y: float = 0.0


@dataclass(slots=True, unsafe_hash=True)
class Named(Point):
    name: str = "origin"
    x: float = 0.0


point = Named()
print(point, hash(point) == hash(Named()), Named.__slots__, Named.__match_args__)
try:
    point.colour = "red"
except AttributeError as error:
    print(type(error).__name__)
match Named(3, 4, "p"):
    case Named(x, y, name):
        print("matched", name, (x * x + y * y) ** 0.5)


@dataclass(repr=False, eq=False)
class Node:
    value: int
    children: list["Node"] = field(default_factory=list, metadata={"doc": "sub-trees"})

    def __repr__(self):
        return f"Node({self.value}{''.join(f' {c!r}' for c in self.children)})"


tree = Node(1, [Node(2), Node(3, [Node(4)])])
print(tree, asdict(tree), Node(1) == Node(1), fields(Node)[1].metadata["doc"])
Made = dataclasses.make_dataclass("Made", [("a", int), ("b", str, field(default="?"))], namespace={"twice": lambda self: self.a * 2})
print(Made(4), Made(4).twice(), dataclasses.is_dataclass(Made), dataclasses.is_dataclass(int))
try:
    @dataclass
    class Shared:
        items: list = []
except ValueError as error:
    print(type(error).__name__)
