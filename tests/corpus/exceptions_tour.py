"""The current exception, which errors operations raise, odd exceptions."""
import sys
from contextlib import suppress


class AppError(Exception):
    code = 1

    def __init__(self, message, *, hint=None):
        super().__init__(message)
        self.hint = hint

    def __str__(self):
        base = super().__str__()
        return f"[{self.code}] {base}" + (f" (hint: {self.hint})" if self.hint else "")


class NotFound(AppError, LookupError):
    code = 404


class Wrapped(AppError):
    code = 500


def current():
    try:
        raise ValueError("outer")
    except ValueError:
        first = sys.exception()
        try:
            raise TypeError("inner")
        except TypeError:
            second = sys.exception()
        return str(first), str(second), str(sys.exception()), second.__context__ is first


print(current())

results = []
for trial in (lambda: 1 / 0, lambda: [][0], lambda: {}[0], lambda: int("q"), lambda: None.x, lambda: "a" + 1, lambda: undefined, lambda: next(iter([])), lambda: __import__("no_such_module")):
    try:
        trial()
    except (ArithmeticError, LookupError) as e:
        results.append((type(e).__name__, type(e).__mro__[1].__name__))
    except (ValueError, TypeError):
        results.append(type(sys.exception()).__name__)
    except AttributeError as e:
        results.append(("attr", e.name, e.obj))
    except NameError as e:
        results.append(("name", e.name))
    except ImportError as e:
        results.append((type(e).__name__, e.name))
    except BaseException as e:
        results.append(type(e).__name__)
    else:
        results.append("fine")
print(*results, sep="\n")

with suppress(ZeroDivisionError):
    results = 1 / 0
for bad in (lambda: exec("raise 3"), lambda: exec("raise"), lambda: exec("try:\n 1/0\nexcept 7:\n pass")):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__)
try:
    raise NotFound("t").with_traceback(None) from Wrapped("u", hint="v")
except AppError as e:
    print(e, "|", e.__cause__, e.__traceback__.tb_lineno > 0, isinstance(e, LookupError))
assert_failed = False
try:
    assert 1 + 1 == 3, ("message", 3)
except AssertionError as e:
    assert_failed = e.args
print(assert_failed)


class Weird(Exception):
    def __new__(cls, *args):
        self = super().__new__(cls, "replaced")
        self.extra = args
        return self

    def __eq__(self, other):
        return isinstance(other, Weird)

    __hash__ = None


try:
    raise Weird(1, 2)
except Weird as w:
    print(w.args, w.extra, w == Weird())
