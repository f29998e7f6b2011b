"""A small stock keeper: immutable records, events, and a fold over them."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Self


class StockError(Exception):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    code: str
    count: int = 0
    cents: int = 0

    def plus(self, count: int) -> Item:
        if self.count + count < 0:
            raise StockError(f"only {self.count} of {self.code}")
        return replace(self, count=self.count + count)

    @property
    def worth(self) -> int:
        return self.count * self.cents


@dataclass(frozen=True)
class Event:
    code: str


@dataclass(frozen=True)
class Received(Event):
    count: int
    cents: int


@dataclass(frozen=True)
class Shipped(Event):
    count: int


@dataclass(frozen=True)
class Repriced(Event):
    percent: int


@dataclass(frozen=True)
class Stock:
    items: dict[str, Item] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    def put(self, item: Item) -> Self:
        return replace(self, items=self.items | {item.code: item})

    def apply(self, event: Event) -> Stock:
        try:
            match event:
                case Received(code, count, cents):
                    old = self.items.get(code, Item(code=code))
                    return self.put(replace(old.plus(count), cents=max(old.cents, cents)))
                case Shipped(code, count):
                    return self.put(self.items[code].plus(-count))
                case Repriced(code="*", percent=percent):
                    return reduce(Stock.apply, (Repriced(code, percent) for code in self.items), self)
                case Repriced(code, percent):
                    item = self.items[code]
                    return self.put(replace(item, cents=item.cents * (100 + percent) // 100))
                case _:
                    raise NotImplementedError(event)
        except (StockError, KeyError) as error:
            return replace(self, failures=(*self.failures, f"{type(error).__name__}: {error}"))

    def __iter__(self) -> Iterator[Item]:
        yield from sorted(self.items.values(), key=lambda item: (-item.worth, item.code))

    @classmethod
    def replay(cls, events: Iterable[Event]) -> Stock:
        return reduce(cls.apply, events, cls())


EVENTS = [
    Received("rope", 20, 350),
    Received("sail", 2, 18000),
    Shipped("rope", 5),
    Shipped("sail", 3),
    Shipped("tar", 1),
    Received("rope", 1, 300),
    Repriced("*", 10),
    Repriced("rope", -50),
]

stock = Stock.replay(EVENTS)
for item in stock:
    print(f"{item.code:<6}{item.count:>4} x {item.cents / 100:>8.2f} = {item.worth / 100:>9.2f}")
print(*stock.failures, sep="\n")
print(Stock.replay(EVENTS) == stock, stock.apply(Shipped("rope", 0)) == stock)
print(EVENTS[2], hash(EVENTS[2]) == hash(Shipped("rope", 5)), EVENTS[2] == Received("rope", 5, 0))
try:
    stock.apply(Event("odd"))
except NotImplementedError as error:
    print("not implemented:", error)
