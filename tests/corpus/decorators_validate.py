"""A decorator which checks arguments, and arbitrary expressions as decorators."""
import functools
import inspect


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
