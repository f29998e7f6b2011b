"""Abstract base classes, runtime protocols, virtual subclasses."""
from abc import ABC, ABCMeta, abstractmethod
from collections.abc import Callable
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
