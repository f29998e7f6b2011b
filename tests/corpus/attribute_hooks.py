"""__getattr__, __getattribute__, __setattr__, __dir__ and __slots__."""


class Fallback:
    present = "class attribute"

    def __init__(self):
        self.log = []

    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name.removeprefix("dyn_")
        raise AttributeError(f"no {name}")

    def __setattr__(self, name, value):
        if name != "log":
            self.log.append((name, value))
        object.__setattr__(self, name, value)

    def __getattribute__(self, name):
        if name == "secret":
            return "intercepted"
        return super().__getattribute__(name)

    def __dir__(self):
        return ["dyn_x", *sorted(self.__dict__)]


f = Fallback()
f.value = 3
f.value += 1
print(f.dyn_cat, f.present, f.secret, f.log, hasattr(f, "nope"), getattr(f, "nope", "default"), dir(f))


class Slotted:
    __slots__ = ("x", "__private", "__dict__")

    def __init__(self):
        self.x, self.__private = 1, 2


s = Slotted()
s.extra = 5
print(s.__dict__, s._Slotted__private, type(Slotted.x).__name__, Slotted.x.__get__(s))
