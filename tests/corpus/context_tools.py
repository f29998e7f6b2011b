"""suppress, redirect_stdout, closing, nullcontext, and blocks left early."""
import contextlib
import io
import sys
from contextlib import ContextDecorator, closing, contextmanager, nullcontext, redirect_stdout, suppress

log = []


def flush(title):
    print(f"{title}: {', '.join(log)}")
    log.clear()


class Tag(ContextDecorator):
    def __init__(self, name, swallow=()):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        log.append(f"<{self.name}>")
        return self

    def __exit__(self, kind, error, trace):
        log.append(f"</{self.name}{' ' + kind.__name__ if kind else ''}>")
        return kind is not None and issubclass(kind, self.swallow)


@contextmanager
def step(name):
    log.append(f"+{name}")
    try:
        yield name
    except ArithmeticError as error:
        log.append(f"{name} saw {type(error).__name__}")
        raise ValueError(name) from error
    else:
        log.append(f"{name} fine")
    finally:
        log.append(f"-{name}")


with suppress(KeyError, IndexError):
    log.append("before")
    [][1]
    log.append("after")
flush("suppress")

buffer = io.StringIO()
with redirect_stdout(buffer):
    print("captured")
    with redirect_stdout(io.StringIO()) as deeper:
        print("deeper")
    print("again", file=sys.stdout)
print(repr(buffer.getvalue()), repr(deeper.getvalue()))


class Door:
    def close(self):
        log.append("shut")


with closing(Door()) as door, nullcontext("nothing") as nothing:
    log.append(nothing)
flush("closing")


def loop():
    for n in range(5):
        with Tag(str(n)):
            if n == 0:
                continue
            if n == 2:
                return "returned"


print(loop())
flush("flow")
once = step("once")
with once:
    pass
try:
    with once:
        pass
except (RuntimeError, AttributeError):
    log.append("single use")
try:
    with object():
        pass
except TypeError as error:
    log.append(type(error).__name__)
flush("end")
print(isinstance(Tag("z"), contextlib.AbstractContextManager))
