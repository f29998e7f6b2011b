"""super() through the method resolution order, proxies for bases, subclasses of built-ins."""
from types import resolve_bases


class Base:
    def build(self):
        return ["base"]


class Left(Base):
    def build(self):
        return ["left", *super().build()]


class Right(Base):
    def build(self):
        return ["right", *super().build()]


class Bottom(Left, Right):
    def build(self):
        return ["bottom", *super().build()]

    def skip(self):
        return super(Left, self).build()

    @classmethod
    def name(cls):
        return cls.__name__ + "/" + super().__name__ if hasattr(super(), "__name__") else cls.__name__


print(Bottom().build(), Bottom().skip(), [c.__name__ for c in Bottom.__mro__], Bottom.name())
try:
    type("Bad", (Base, Left), {})
except TypeError as error:
    print(type(error).__name__, "no consistent order")


class Proxy:
    """An object standing for a base class."""

    def __mro_entries__(self, bases):
        return (Base,)


class ViaProxy(Proxy()):
    pass


print(ViaProxy.__bases__ == (Base,), hasattr(ViaProxy, "__orig_bases__"), resolve_bases((Proxy(), int)) == (Base, int))


class Temperature(float):
    def __new__(cls, value, unit="C"):
        self = super().__new__(cls, value if unit == "C" else (value - 32) / 1.8)
        self.unit = unit
        return self

    def __repr__(self):
        return f"{float(self):.1f}C"


class LowerDict(dict):
    def __missing__(self, key):
        return self[key.lower()] if key != key.lower() else f"<{key}>"


print(Temperature(212, "F"), Temperature(20) + 1.5, sorted([Temperature(50, "F"), Temperature(9)]), LowerDict(a=1)["A"], LowerDict()["Q"])
