"""Causes, contexts, custom errors, notes, re-raising and clean-up of names."""
import sys


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


def load(table, key):
    try:
        return table[key]
    except KeyError as error:
        raise NotFound(f"no {key!r}", hint="check the spelling") from error


def service(table, key):
    try:
        return load(table, key)
    except LookupError as error:
        raise Wrapped("service failed") from error


def chain(error):
    while error is not None:
        yield f"{type(error).__name__}({error})"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


for key in ("a", "b"):
    try:
        print("value", service({"a": 1}, key))
    except AppError as error:
        print(" <- ".join(chain(error)))

try:
    try:
        int("x")
    except ValueError:
        {}["y"]
except KeyError as error:
    print(list(chain(error)), error.__cause__, type(error.__context__).__name__)

try:
    try:
        int("x")
    except ValueError:
        raise RuntimeError("clean") from None
except RuntimeError as error:
    print(list(chain(error)), type(error.__context__).__name__)

try:
    raise KeyError from ZeroDivisionError
except KeyError as error:
    print(repr(error), repr(error.__cause__), error.args)

error = ValueError("base", 42)
error.add_note("first note")
error.add_note("second note")
print(error.args, str(error), error.__notes__, repr(error))


def reraise():
    try:
        raise OSError(2, "not here", "file.txt")
    except OSError as problem:
        problem.add_note("seen")
        raise


try:
    reraise()
except FileNotFoundError as problem:
    print(problem.errno, problem.strerror, problem.filename, problem.__notes__, isinstance(problem, OSError))
try:
    problem
except NameError:
    print("the name is gone")
print(sys.exc_info() == (None, None, None), sys.exception())
