"""Context managers: classes, generators, nesting, errors, decorators."""
from contextlib import ContextDecorator, contextmanager

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


with Tag("a") as a, Tag("b"), step("c") as c:
    log.append(a.name + c)
flush("nested")

with (
    Tag("x", ZeroDivisionError),
    Tag("y"),
):
    1 / 0
flush("swallowed")

try:
    with step("outer"), step("inner"):
        1 // 0
except ValueError as error:
    log.append(f"{error} from {type(error.__cause__).__name__}")
flush("translated")


@Tag("deco")
def work(n):
    log.append(f"work {n}")
    return n * 2


print(work(2) + work(3), work.__name__)
flush("decorated")


@step("gen")
def more():
    log.append("more")


more(), more()
flush("recreated")
