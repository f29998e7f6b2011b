"""Decorators on methods, on classes, and below classmethod, staticmethod and property."""
import functools
from collections import defaultdict

log = []


def traced(function=None, *, prefix="call", results=False):
    """Works both as @traced and as @traced(...)."""
    if function is None:
        return functools.partial(traced, prefix=prefix, results=results)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        shown = [*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]
        log.append(f"{prefix} {function.__name__}({', '.join(shown)})")
        result = function(*args, **kwargs)
        if results:
            log.append(f"-> {result!r}")
        return result

    return wrapper


class counted:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function, self.calls = function, defaultdict(int)

    def __get__(self, instance, owner):
        return functools.partial(self, instance)

    def __call__(self, instance, *args):
        self.calls[type(instance).__name__] += 1
        return self.function(instance, *args)


class Shape:
    @counted
    def area(self, scale=1):
        """Its area."""
        return 2 * scale


class Other(Shape):
    pass


Shape().area(), Shape().area(3), Other().area()
print(dict(vars(Shape)["area"].calls), vars(Shape)["area"].__doc__)


def register(table, **options):
    def decorate(thing):
        table[thing.__name__] = options
        thing.options = options
        return thing
    return decorate


def add_methods(*names, returns):
    def decorate(cls):
        for name in names:
            def method(self, name=name):
                return f"{name}:{returns}"
            method.__name__ = name
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
        return cls
    return decorate


plugins = {}


@register(plugins, level=2)
@add_methods("start", "stop", returns=0)
class Engine:
    @staticmethod
    @traced(prefix="static")
    def helper(x):
        return x

    @classmethod
    @traced(prefix="class")
    def build(cls, n):
        return cls.__name__, n

    @property
    @traced
    def power(self):
        return 7


engine = Engine()
print(plugins, engine.start(), engine.stop(), Engine.stop.__qualname__, engine.helper(1), Engine.build(2)[1])
log.append(str(engine.power))
print(len(log), log[0])
log.clear()
