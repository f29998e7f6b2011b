"""Module level __getattr__ and __dir__, and modules with a class of their own."""
import sys
import types

import module_getattr_pkg as car


def flush():
    print("   loads:", list(dict.fromkeys(car.loads)))
    car.loads.clear()


print("Engine" in vars(car), dir(car))
print(car.Engine.power, car.Engine is car.Motor, car.square_12)
flush()
print(car.Engine.power, "Engine" in vars(car))
flush()

from module_getattr_pkg import start, wheels, square_5

print(start(), wheels.count, square_5)
flush()
from module_getattr_pkg import *

print(Engine.power, hasattr(car, "missing"), getattr(car, "missing", "default"))
flush()
try:
    car.nothing
except AttributeError as error:
    print(type(error).__name__, error.name)
try:
    from module_getattr_pkg import nothing
except ImportError as error:
    print(type(error).__name__, error.name)
car.loads.clear()


class Strict(types.ModuleType):
    """A module whose constants cannot be changed."""

    def __setattr__(self, name, value):
        if name.isupper() and name in vars(self):
            raise TypeError(f"{name} is constant")
        super().__setattr__(name, value)

    @property
    def computed(self):
        return self.LIMIT * 2

    def __call__(self, text):
        return f"{self.__name__} called with {text}"


strict = Strict("strict", "A strict module.")
exec("LIMIT = 10\ndef double():\n    return LIMIT * 2\n", vars(strict))
sys.modules["strict"] = strict
import strict as module

print(module.computed, module.double(), module("x"), module.__doc__, isinstance(module, types.ModuleType))
try:
    module.LIMIT = 5
except TypeError as error:
    print(error)
module.other = 1
print(module.other, module.LIMIT)

this = sys.modules[__name__]
this.__class__ = type("Here", (types.ModuleType,), {"answer": property(lambda self: len(self.greeting))})
greeting = "hello"
print(this.answer, type(this).__name__)
del module.other
try:
    module.other
except AttributeError as error:
    print(type(error).__name__)
print(types.ModuleType("m").__name__, types.ModuleType("m").__doc__, sorted(vars(types.ModuleType("m"))))
