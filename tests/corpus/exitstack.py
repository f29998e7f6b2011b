"""Context managers: classes, generators, ExitStack, suppress, redirect, reuse."""
import contextlib
import io
import sys
from contextlib import ContextDecorator, ExitStack, closing, contextmanager, nullcontext, redirect_stdout, suppress

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

with ExitStack() as stack:
    stack.callback(log.append, "callback 1")
    tags = [stack.enter_context(Tag(f"t{n}")) for n in range(3)]
    stack.push(lambda kind, error, trace: log.append("pushed " + str(kind)))
    stack.callback(lambda *, word: log.append(word), word="keyword")
flush("stack")

with ExitStack() as stack:
    stack.enter_context(Tag("kept"))
    escaped = stack.pop_all()
flush("popped")
escaped.close()
flush("closed later")

try:
    with ExitStack() as stack:
        stack.enter_context(Tag("catcher", KeyError))

        @stack.callback
        def replace():
            raise KeyError("replaced")

        raise OSError("first")
except OSError:
    print("not reached")
flush("replaced and swallowed")


def open_all(names):
    with ExitStack() as stack:
        opened = [stack.enter_context(step(name)) for name in names if name.isalpha() or 1 / 0]
        stack.pop_all()
        return opened


for names in (["p", "q"], ["r", "7"]):
    try:
        print(open_all(names))
    except ValueError as error:
        print("undone", error)
    flush("open_all")

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
