"""Metaclasses: __prepare__, __new__, __call__, operators on classes, conflicts."""


class Recorder(dict):
    """A namespace which remembers each assignment, even repeated ones."""

    def __init__(self):
        super().__init__()
        self.log = []

    def __setitem__(self, key, value):
        if not key.startswith("__"):
            self.log.append(key)
        super().__setitem__(key, value)


class Ordered(type):
    @classmethod
    def __prepare__(mcls, name, bases, **options):
        print(f"prepare {name} {options}")
        return Recorder()

    def __new__(mcls, name, bases, namespace, *, tag=None):
        cls = super().__new__(mcls, name, bases, dict(namespace))
        cls.order = tuple(namespace.log)
        cls.tag = tag
        return cls

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)
        print(f"init {name}")


class Form(metaclass=Ordered, tag="base"):
    first = 1
    second = 2
    first = 3

    def submit(self):
        return "sent"


class Login(Form):
    password = "***"


print(Form.order, Form.tag, Login.order, Login.tag, type(Login) is Ordered, Form.first)


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


class Circle(Shape):
    def area(self):
        return 3 * self.r**2


class Box(Shape):
    kind = "rectangle"

    def area(self):
        return self.w * self.h


class Impostor:
    kind = "rectangle"


print(list(Shape), len(Shape), "circle" in Shape, Shape["rectangle"], Shape["circle"](r=2).area())
print(isinstance(Impostor(), Shape), isinstance(3, Shape), issubclass(Box, Shape), repr([Box]))


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
