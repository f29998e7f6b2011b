"""ExceptionGroup and except*: splitting, nesting, re-raising, deriving."""


def tree(error):
    if isinstance(error, BaseExceptionGroup):
        return f"{error.message}[{', '.join(tree(e) for e in error.exceptions)}]"
    return f"{type(error).__name__}({error})"


def collect(actions):
    errors, values = [], []
    for action in actions:
        try:
            values.append(action())
        except Exception as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("collected", errors)
    return values


ACTIONS = [lambda: 1 / 0, lambda: int("x"), lambda: {}["k"], lambda: 5, lambda: int("y")]

try:
    collect(ACTIONS)
except* ValueError as group:
    print("values:", [str(e)[-3:] for e in group.exceptions])
except* (KeyError, IndexError) as group:
    print("lookups:", tree(group))
except* ArithmeticError as group:
    print("arithmetic:", tree(group))
else:
    print("not printed")
finally:
    print("finally")

try:
    print(collect([lambda: 1, lambda: 2]))
except* ValueError:
    print("not printed")
else:
    print("else")

nested = ExceptionGroup("top", [ValueError(1), ExceptionGroup("mid", [TypeError(2), ValueError(3), ExceptionGroup("low", [OSError(4)])])])
print(tree(nested))
matched, rest = nested.split(ValueError)
print(tree(matched), "/", tree(rest))
print(tree(nested.subgroup(lambda e: not isinstance(e, BaseExceptionGroup) and e.args[0] % 2 == 0)), nested.subgroup(KeyError), nested.split(KeyError)[0])

try:
    try:
        raise nested
    except* TypeError as group:
        print("took", tree(group))
    except* OSError:
        raise RuntimeError("new") from None
except ExceptionGroup as left:
    print("left", tree(left))

try:
    try:
        raise nested
    except* ValueError:
        raise
except* ValueError as group:
    print("re-raised", tree(group))
except* Exception as group:
    print("others", tree(group))

try:
    raise ValueError("bare")
except* ValueError as group:
    print(type(group).__name__, repr(group.message), len(group.exceptions))

try:
    try:
        raise KeyError("naked")
    except* ValueError:
        print("no")
except KeyError as error:
    print("unmatched stays bare", error)


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
