"""Descriptors, properties, lazy attributes, class and static methods."""
import math


class Typed:
    def __init__(self, kind, *, check=None, default=None):
        self.kind, self.check, self.default = kind, check, default

    def __set_name__(self, owner, name):
        self.public, self.private = name, f"_{name}"

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return getattr(instance, self.private, self.default)

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.public} must be {self.kind.__name__}, not {type(value).__name__}")
        if self.check and not self.check(value):
            raise ValueError(f"{self.public} rejects {value!r}")
        setattr(instance, self.private, value)

    def __delete__(self, instance):
        if not hasattr(instance, self.private):
            raise AttributeError(self.public)
        delattr(instance, self.private)


class Product:
    name = Typed(str, check=str.strip)
    price = Typed((int), check=lambda cents: cents >= 0, default=0)

    def __init__(self, name, price):
        self.name, self.price = name, price


p = Product("tea", 250)
for name, value in (("price", "250"), ("price", -1), ("name", "  "), ("price", 300)):
    try:
        setattr(p, name, value)
        print(name, "is now", getattr(p, name))
    except (TypeError, ValueError) as error:
        print(f"{type(error).__name__}: {error}")
del p.price
print(p.price, vars(p), Product.name.public, isinstance(Product.__dict__["name"], Typed))
try:
    del p.price
except AttributeError as error:
    print("AttributeError", error)


class Lazy:
    """A non-data descriptor: the instance dictionary wins afterwards."""

    def __init__(self, function):
        self.function, self.__doc__ = function, function.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.function(instance)
        return value


class Circle:
    made = 0

    def __init__(self, radius):
        self.radius = radius
        Circle.made += 1

    @property
    def diameter(self):
        """Twice the radius."""
        return 2 * self.radius

    @diameter.setter
    def diameter(self, value):
        self.radius = value / 2

    @diameter.deleter
    def diameter(self):
        self.radius = 0

    @Lazy
    def area(self):
        """Computed once."""
        print("(computing)", end=" ")
        return round(math.pi * self.radius**2, 3)

    @classmethod
    def unit(cls):
        return cls(1)

    @staticmethod
    def describe(count, /, *, noun="circle"):
        return f"{count} {noun}{'s' * (count != 1)}"


class Ring(Circle):
    @Circle.diameter.getter
    def diameter(self):
        return f"about {2 * self.radius}"


c = Circle(2)
print(c.area, c.area, c.diameter, Circle.diameter.__doc__, Circle.area.__doc__)
c.diameter = 10
print(c.radius, c.area, Ring.unit().diameter, type(Ring.unit()).__name__, Circle.describe(Circle.made), c.describe(1, noun="ring"))
del c.diameter
print(c.radius, Circle.unit().__dict__)
method = c.unit.__func__
print(method.__get__(Ring, type)().diameter, Circle.describe is c.describe, c.unit.__self__ is Circle, (lambda self: self * 2).__get__(21)())
