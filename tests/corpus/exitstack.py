"""ExitStack: callbacks, handing over, replaced errors, undoing."""
from contextlib import ContextDecorator, ExitStack, contextmanager

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
