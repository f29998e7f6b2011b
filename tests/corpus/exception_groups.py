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
