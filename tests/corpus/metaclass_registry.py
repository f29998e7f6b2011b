"""Metaclasses: __prepare__, __new__, __init__ and operators on classes."""


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
