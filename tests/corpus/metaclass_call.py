"""Metaclasses: __call__, forbidden bases, conflicts, dynamic classes, callables as metaclass."""


class Registry(type):
    known = {}

    def __new__(mcls, name, bases, namespace):
        cls = super().__new__(mcls, name, bases, namespace)
        mcls.known.setdefault(namespace.get("kind", name.lower()), cls)
        return cls

    def __iter__(cls):
        return iter(sorted(cls.known))

    def __getitem__(cls, kind):
        return cls.known[kind]

    def __len__(cls):
        return len(cls.known)

    def __contains__(cls, kind):
        return kind in cls.known

    def __instancecheck__(cls, value):
        return getattr(value, "kind", None) in cls.known or super().__instancecheck__(value)

    def __repr__(cls):
        return f"<shape {cls.__name__}>"


class Shape(metaclass=Registry):
    def __init__(self, **sizes):
        vars(self).update(sizes)


class Singleton(type):
    def __init__(cls, *args):
        super().__init__(*args)
        cls.instance = None

    def __call__(cls, *args, **kwargs):
        if cls.instance is None:
            cls.instance = super().__call__(*args, **kwargs)
        return cls.instance


class Config(metaclass=Singleton):
    def __init__(self, name):
        self.name = name


print(Config("a") is Config("b"), Config("c").name)


class Final(type):
    def __new__(mcls, name, bases, namespace):
        for base in bases:
            if isinstance(base, Final):
                raise TypeError(f"{base.__name__} is final")
        return super().__new__(mcls, name, bases, namespace)


class Sealed(metaclass=Final):
    pass


for build in (lambda: Final("Open", (Sealed,), {}), lambda: type("Clash", (Sealed, Shape), {}), lambda: type("Loop", (object, Shape), {})):
    try:
        build()
    except TypeError as error:
        print("TypeError", str(error) if "final" in str(error) else "")

Dynamic = type("Dynamic", (Shape,), {"area": lambda self: 0, "kind": "dyn", "__slots__": ()})
print(Dynamic, Dynamic().area(), Dynamic.__mro__[1:], "dyn" in Shape, type(type(Dynamic)) is type)


def make(name, bases, namespace):
    """Any callable can stand where a metaclass is expected."""
    return {"name": name, "bases": len(bases), "public": sorted(k for k in namespace if not k.startswith("_"))}


class NotAClass(Shape, metaclass=make):
    b = 1
    def a(self): ...


print(NotAClass)
