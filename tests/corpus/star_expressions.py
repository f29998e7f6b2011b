"""Starred assignment, calls, displays, parameters, and unpacking order."""
from itertools import count

first, *middle, last = range(6)
*start, end = "ab"
(head, *_), [*tail] = [1, 2, 3], (4, 5)
a, (b, *c), *d = 1, [2, 3, 4], 5, 6
print(first, middle, last, start, end, head, _, tail, a, b, c, d)
*empty, only = [9]
x = y = z = 0
x, y = y + 1, x
[p, [q, r]] = "m", (n for n in "no")
print(empty, only, x, y, p, q, r)
for bad in ("a, b = [1]", "a, *b, c = [1]", "a, b = 1, 2, 3", "a, b = 5", "(a, b), c = [1, 2]"):
    try:
        exec(bad)
    except (ValueError, TypeError) as error:
        print(type(error).__name__, end=" ")
for bad in ("*a = [1]", "a, *b, *c = x", "print(*)", "x = *a", "f(**k, *a)", "f(a=1, 2)", "def f(a=1, b): pass", "def f(*): pass", "def f(*, **k): pass", "def f(a, a): pass", "f(a=1, a=2)", "[*a for a in b]", "{**a for a in b}", "def f(/, a): pass"):
    try:
        compile(bad, "<s>", "exec")
        print("accepted:", bad, end=" ")
    except SyntaxError as error:
        print("S", end=" ")
print()

rows = [("ana", 31, "oslo", "rome"), ("bo", 25)]
for name, age, *towns in rows:
    print(name, age, towns, end="; ")
print([f"{h}-{len(t)}" for h, *t in rows], {k: v for k, *v in rows})

print([*range(3), *"ab", *{1: 2}], (*[1], 2, *()), {*[1, 1], *(2,)}, {**{"a": 1, "b": 2}, "b": 3, **{"c": 4, "a": 9}}, [*[*[*[1]]]], *[7, 8], sep=" | ")


def show(*args, **kwargs):
    return f"{args}{kwargs}"


print(show(*[1, 2], 3, *"x", k=1, **{"m": 2}, n=3, **{"o": 4}), show(*(), **{}), show(*(i for i in range(2))), show(**{"weird key": 1}))


def full(a, b=2, /, c=3, *args, d, e=5, **rest):
    return a, b, c, args, d, e, rest


print(full(1, d=4), full(1, 2, 3, 4, 5, d=6, f=7), full(*[1, 2], **{"c": 9, "d": 0}), full(1, d=1, a="kw", b="kw"))


def keyword_only(*, a, b=2):
    return a + b


def positional_only(a, b, /):
    return a - b


def both(a, /, b, *, c):
    return a, b, c


print(keyword_only(a=1), positional_only(5, 3), both(1, b=2, c=3))
for call in (lambda: full(1), lambda: full(d=1), lambda: keyword_only(1), lambda: positional_only(a=1, b=2), lambda: show(*5), lambda: show(**[1]), lambda: show(**{1: 2}), lambda: show(k=1, **{"k": 2}), lambda: both(1, 2, 3), lambda: positional_only(1, 2, 3), lambda: both(1, b=2, c=3, d=4)):
    try:
        print(call())
    except TypeError as error:
        print(type(error).__name__, end=" ")
print()

order = []


def note(value):
    order.append(value)
    return value


result = show(note(1), *note([2]), note(3), k=note(4), **note({"z": 5}))
mapping = {note("k1"): note("v1"), note("k2"): note("v2")}
target = [0, 0]
target[note(0)], target[note(1)] = note("left"), note("right")
note([0])[note(0)] = note("assigned")
(lambda a=note("default"): a)()
print(order, target, sep="\n")

i, seq = 0, [5, 6]
i, seq[i] = 1, "changed"
print(i, seq)
values = [1, 2, 3]
values[1:2] = *"xyz", *values
values[::2] = [0] * len(values[::2])
print(values, values[:0], [*reversed(values)][:2])
del values[1], values[-1], (a, b), [c]
print(values, "a" in globals(), "c" in globals())


def spread():
    base = [1, 2]
    return *base, 3


def produce():
    yield *"ab", 1


def subscript(*indices):
    class Grid:
        def __getitem__(self, key):
            return key
    return Grid()[*indices], Grid()[0, *indices, ...], Grid()[1:2, *indices]


print(spread(), list(produce()), subscript(3, 4), [n for n in (*range(2), *"z")])
for number, (key, (left, *right)) in enumerate({"a": "xyz", "b": [1]}.items(), start=1):
    print(number, key, left, right, end="; ")
else:
    print("done", next(c for c in count() if c * c > 50))
matrix = [[1, 2, 3], [4, 5, 6]]
print(list(zip(*matrix)), [list(row) for row in zip(*matrix[::-1])], max(*matrix), dict(zip("ab", (1, 2)), c=3), {**dict.fromkeys("xy", 0)})
