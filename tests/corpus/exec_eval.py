"""exec, eval and compile: name spaces, modes, generated code, code objects."""
import builtins
import textwrap
from collections import ChainMap
from types import CodeType, FunctionType

x = "global"
print(eval("x + '!'"), eval("x", {"x": 1}), eval("x + y", {"x": 1}, {"y": 2}), eval("[x for x in range(3)]"), eval("(lambda a, b=2: a * b)(21)"), eval("  1 + 1 "))
space = {}
exec("a = 1\ndef f(n):\n    return n + a\nclass C:\n    value = f(41)\n", space)
print(sorted(key for key in space if key != "__builtins__"), space["C"].value, space["f"].__globals__ is space)


def local_effects():
    x = "local"
    exec("x = 'changed'")
    names = {}
    exec("x = 'in the dictionary'; import math as m; [z := n for n in range(3)]", {}, names)
    return x, names["x"], sorted(names), eval("x"), sorted(locals())


print(local_effects())


class Recorder(dict):
    def __init__(self, **values):
        super().__init__(values)
        self.log = []

    def __getitem__(self, key):
        self.log.append(f"get {key}")
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        self.log.append(f"set {key}")
        super().__setitem__(key, value)

    def __missing__(self, key):
        raise KeyError(key)


recorder = Recorder(price=3)
exec("total = price * count\nmessage = f'{total} euro'", {"count": 4}, recorder)
print(recorder.log, recorder["message"], eval("a + b", {}, ChainMap({"a": 1}, {"b": 2})))

for mode, source in (("eval", "1 + 2"), ("exec", "r = 5"), ("single", "6 * 7"), ("single", "q = 1; q + 1"), ("single", "None"), ("eval", "a = 1"), ("exec", "if"), ("bad", "1")):
    try:
        code = compile(source, f"<{mode}>", mode)
        print(mode, type(code).__name__, code.co_filename, "->", end=" ")
        print(eval(code, {}))
    except (SyntaxError, ValueError) as error:
        print(mode, repr(source), type(error).__name__)


def make_record(name, fields):
    """Writes a class as text."""
    arguments = ", ".join(f"{field}={default!r}" for field, default in fields.items())
    source = f"""
    class {name}:
        __slots__ = {tuple(fields)!r}
        def __init__(self, {arguments}):
            {'; '.join(f'self.{f} = {f}' for f in fields)}
        def __repr__(self):
            return f"{name}({', '.join(f'{f}={{self.{f}!r}}' for f in fields)})"
        def __eq__(self, other):
            return {' and '.join(f'self.{f} == other.{f}' for f in fields)}
    """
    space = {"__name__": "generated"}
    exec(textwrap.dedent(source), space)
    return space[name]


Point = make_record("Point", {"x": 0, "y": [1]})
print(Point(), Point(3, "z"), Point(1) == Point(1), Point.__module__, Point.__slots__)


def unroll(n):
    body = "".join(f"    total += values[{i}]\n" for i in range(n))
    exec(f"def summed(values):\n    total = 0\n{body}    return total", space := {})
    return space["summed"]


print(unroll(5)([1, 2, 3, 4, 5]), unroll(0)([]), unroll(3).__code__.co_varnames)

safe = {"__builtins__": {"len": len, "abs": abs}}
for text in ("len('abc') + abs(-2)", "open('x')", "__import__('os')", "(1).__class__.__name__", "undefined", "1 +", "print"):
    try:
        print(text, "=", eval(text, dict(safe)), end="; ")
    except (NameError, SyntaxError, ImportError) as error:
        print(text, type(error).__name__, end="; ")
print()

code = compile("def outer(a, *, k=1):\n    def inner(): return a + k\n    return inner\n", "made.py", "exec")
space = {}
exec(code, space)
outer = space["outer"].__code__
nested = next(c for c in outer.co_consts if isinstance(c, CodeType))
print(outer.co_name, outer.co_filename, outer.co_cellvars, nested.co_freevars, nested.co_qualname, outer.co_firstlineno, nested.co_firstlineno)
print(FunctionType(outer, {}, "renamed", None)(1, k=2)(), outer.replace(co_name="swapped").co_name, space["outer"](5)())
function = space["outer"]
function.__code__ = (lambda a, *, k=1: ("replaced", a, k)).__code__
function.__kwdefaults__ = {"k": "new default"}
print(function(7), builtins.eval is eval, callable(exec), hasattr(builtins, "x"))
builtins.invented = "from builtins"
print(invented, "invented" in globals())
del builtins.invented
exec("global y\ny = x + ' via exec'")
print(y, globals()["y"] is y, vars()["x"], eval("__name__"), [eval(f"{a}{o}{b}") for a, o, b in ((6, "*", 7), (2, "**", 10), (7, "//", 2), (1, "<<", 4))])
exec(compile("try:\n    raise KeyError('inside')\nexcept KeyError as e:\n    result = e.args\nfinally:\n    result += ('done',)\n", "<t>", "exec"))
print(result, "e" in globals())
