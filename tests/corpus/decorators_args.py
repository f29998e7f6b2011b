"""Decorators: with arguments, stacked, as classes, on classes, on methods."""
import functools
import inspect
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


def flush():
    print("; ".join(log))
    log.clear()


@traced
def add(a, b=1):
    """Adds."""
    return a + b


@traced(prefix="run", results=True)
def greet(name, *, loud=False):
    return name.upper() if loud else name


print(add(1), add(2, b=3), greet("ana", loud=True), add.__name__, add.__doc__, inspect.signature(greet))
flush()


def order(label):
    log.append(f"make {label}")

    def decorate(function):
        log.append(f"apply {label}")

        def wrapper(*args):
            log.append(f"enter {label}")
            try:
                return function(*args)
            finally:
                log.append(f"leave {label}")

        return wrapper

    return decorate


@order("a")
@order("b")
def target(n):
    log.append("body")
    return n


print(target(5))
flush()


class Retry:
    """A class used as a decorator, also on methods."""

    def __init__(self, times, *errors):
        self.times, self.errors = times, errors or (Exception,)

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(1, self.times + 1):
                try:
                    return function(*args, **kwargs)
                except self.errors as error:
                    log.append(f"{attempt}:{error}")
                    if attempt == self.times:
                        raise
        return wrapper


class Flaky:
    def __init__(self, failures):
        self.failures = failures

    @Retry(3, OSError)
    def fetch(self):
        if self.failures:
            self.failures -= 1
            raise OSError(f"left {self.failures}")
        return "fetched"


print(Flaky(2).fetch())
try:
    Flaky(5).fetch()
except OSError as error:
    print("gave up:", error)
flush()


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


def validate(**rules):
    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            for name, rule in rules.items():
                if not rule(bound.arguments[name]):
                    raise ValueError(f"{name}={bound.arguments[name]!r}")
            return function(*args, **kwargs)
        return wrapper
    return decorate


@validate(a=lambda a: a > 0, b=str.islower)
def checked(a, b="low"):
    return a, b


for args in ((1,), (0,), (1, "Up")):
    try:
        print(checked(*args))
    except ValueError as error:
        print("rejected", error)

buttons = [lambda f: f, {"twice": lambda f: lambda n: f(f(n))}]


@buttons[0]
@buttons[1]["twice"]
@(lambda f: lambda n: f(n) + 1)
def triple(n):
    return n * 3


@print
@str.upper
@(lambda f: f.__name__)
def shouted(): ...


print(triple(2), shouted)
