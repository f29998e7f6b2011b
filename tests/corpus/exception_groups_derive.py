"""Deriving from ExceptionGroup, limits, nested handlers, forbidden syntax."""


def tree(error):
    if isinstance(error, BaseExceptionGroup):
        return f"{error.message}[{', '.join(tree(e) for e in error.exceptions)}]"
    return f"{type(error).__name__}({error})"


nested = ExceptionGroup("top", [ValueError(1), ExceptionGroup("mid", [TypeError(2), ValueError(3), ExceptionGroup("low", [OSError(4)])])])


class Retry(ExceptionGroup):
    def __new__(cls, message, errors, attempts=0):
        self = super().__new__(cls, message, errors)
        self.attempts = attempts
        return self

    def derive(self, errors):
        return Retry(self.message, errors, self.attempts)


retry = Retry("net", [OSError("a"), ValueError("b"), OSError("c")], 3)
retry.add_note("noted")
try:
    raise retry
except* OSError as group:
    print(type(group).__name__, group.attempts, group.__notes__, tree(group))
except* ValueError as group:
    print(type(group).__name__, group.attempts, tree(group))

print(type(BaseExceptionGroup("b", [ValueError()])).__name__, type(BaseExceptionGroup("b", [KeyboardInterrupt()])).__name__)
for bad in (lambda: ExceptionGroup("x", []), lambda: ExceptionGroup("x", [1]), lambda: ExceptionGroup("x", [KeyboardInterrupt()]), lambda: ExceptionGroup(1, [ValueError()])):
    try:
        bad()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, end=" ")
print()


def count_leaves(error):
    return sum(map(count_leaves, error.exceptions)) if isinstance(error, BaseExceptionGroup) else 1


def handle(number):
    log = []
    try:
        try:
            if number:
                raise ExceptionGroup("g", [[ValueError, TypeError, OSError][n]() for n in range(number)])
        except* ValueError:
            log.append("v")
            if number > 1:
                raise LookupError
        except* TypeError:
            log.append("t")
        finally:
            log.append("f")
    except BaseException as error:
        log.append(tree(error))
    return "".join(log)


print([handle(n) for n in range(4)], count_leaves(nested))
for source in ("try: pass\nexcept* A: pass\nexcept B: pass", "try: pass\nexcept*: pass", "for _ in x:\n try: pass\n except* A: break"):
    try:
        compile(source, "<test>", "exec")
    except SyntaxError as error:
        print(type(error).__name__, end=" ")
print()
