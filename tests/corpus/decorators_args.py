"""Decorators: with and without arguments, stacked, as classes."""
import functools
import inspect

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
