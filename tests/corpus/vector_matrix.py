"""Operator overloading: vectors, matrices and polynomials."""
from __future__ import annotations

import math
from functools import reduce
from itertools import zip_longest
from operator import matmul


class Vector:
    __slots__ = ("parts",)

    def __init__(self, *parts):
        self.parts = tuple(parts)

    def __repr__(self):
        return f"Vector({', '.join(map(str, self.parts))})"

    def __iter__(self):
        return iter(self.parts)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, index):
        result = self.parts[index]
        return Vector(*result) if isinstance(index, slice) else result

    def __eq__(self, other):
        return tuple(self) == tuple(other) if isinstance(other, Vector) else NotImplemented

    def __hash__(self):
        return hash(self.parts)

    def __add__(self, other):
        if not isinstance(other, (Vector, tuple)):
            return NotImplemented
        return Vector(*(a + b for a, b in zip_longest(self, other, fillvalue=0)))

    __radd__ = __add__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -Vector(*other)

    def __rsub__(self, other):
        return Vector(*other) - self

    def __mul__(self, scale):
        return Vector(*(part * scale for part in self)) if isinstance(scale, (int, float)) else NotImplemented

    __rmul__ = __mul__

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self, other, strict=True))

    def __abs__(self):
        return math.sqrt(self @ self)

    def __bool__(self):
        return any(self)

    def __round__(self, digits=0):
        return Vector(*(round(part, digits) for part in self))

    def __format__(self, spec):
        return "<" + " ".join(format(part, spec) for part in self) + ">"

    def __getattr__(self, name):
        try:
            return self.parts["xyz".index(name)] if len(name) == 1 else Vector(*(getattr(self, c) for c in name))
        except (ValueError, IndexError):
            raise AttributeError(name) from None


v, w = Vector(3, 4), Vector(1, 2, 2)
print(v + w, v - w, (1, 1) + v, (9, 9) - v, 2 * v, v * 0.5, -v, v @ v, abs(v), abs(w), bool(Vector(0, 0)), v[0], w[1:])
print(f"{v:.2f} {w:>4}", round(Vector(1.234, 5.678), 1), v == Vector(3, 4), v == (3, 4), len({v, Vector(3, 4)}), w.z, w.zyx, sum([v, v], Vector()), hasattr(v, "w"))
for bad in (lambda: v + 1, lambda: v * v, lambda: v @ w, lambda: v.q, lambda: "s" * v):
    try:
        bad()
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, end=" ")
print()


class Matrix:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]

    @classmethod
    def rotation(cls, quarter_turns):
        c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarter_turns % 4]
        return cls([[c, -s], [s, c]])

    @property
    def T(self):
        return Matrix(zip(*self.rows))

    def __matmul__(self, other):
        if isinstance(other, Vector):
            return Vector(*(Vector(*row) @ other for row in self.rows))
        return Matrix([[sum(a * b for a, b in zip(row, column)) for column in zip(*other.rows)] for row in self.rows])

    def __rmatmul__(self, other):
        return self.T @ other

    def __imatmul__(self, other):
        self.rows = (self @ other).rows
        return self

    def __pow__(self, n, modulo=None):
        result, base = Matrix([[int(i == j) for j in range(len(self.rows))] for i in range(len(self.rows))]), self
        while n:
            if n & 1:
                result @= base
            base, n = base @ base, n >> 1
            if modulo:
                result, base = result % modulo, base % modulo
        return result

    def __mod__(self, modulo):
        return Matrix([[cell % modulo for cell in row] for row in self.rows])

    def __getitem__(self, key):
        match key:
            case int() as i, int() as j:
                return self.rows[i][j]
            case int() as i, slice() as cut:
                return self.rows[i][cut]
            case slice() as cut, int() as j:
                return [row[j] for row in self.rows[cut]]
            case slice() as one, slice() as two:
                return Matrix(row[two] for row in self.rows[one])
            case _:
                return self.rows[key]

    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value

    def __eq__(self, other):
        return self.rows == other.rows

    def __str__(self):
        return "; ".join(" ".join(map(str, row)) for row in self.rows)


m = Matrix([[1, 1], [1, 0]])
print(m**10, "|", pow(m, 1000, 10**9 + 7), "|", m @ v, v @ m, "|", m.T @ m)
print(Matrix.rotation(1) @ v, reduce(matmul, [Matrix.rotation(1)] * 4), Matrix.rotation(2) == Matrix.rotation(1) ** 2)
big = Matrix([range(i, i + 4) for i in range(0, 12, 4)])
big[0, -1] = 99
print(big, "|", big[1, 2], big[1, 1:3], big[:, 0], big[1:, :2], big[2])


class Poly:
    def __init__(self, *coefficients):
        while coefficients and not coefficients[-1]:
            coefficients = coefficients[:-1]
        self.c = coefficients

    def __call__(self, x):
        return reduce(lambda acc, c: acc * x + c, reversed(self.c), 0)

    def __add__(self, other):
        return Poly(*map(sum, zip_longest(self.c, other.c, fillvalue=0)))

    def __mul__(self, other):
        out = [0] * (len(self.c) + len(other.c))
        for i, a in enumerate(self.c):
            for j, b in enumerate(other.c):
                out[i + j] += a * b
        return Poly(*out)

    def __divmod__(self, other):
        rest, quotient = list(self.c), [0] * max(0, len(self.c) - len(other.c) + 1)
        for shift in range(len(quotient) - 1, -1, -1):
            factor = quotient[shift] = rest[shift + len(other.c) - 1] // other.c[-1]
            for i, c in enumerate(other.c):
                rest[shift + i] -= factor * c
        return Poly(*quotient), Poly(*rest)

    def __str__(self):
        terms = [f"{c:+d}" + (f"x^{n}" if n > 1 else "x" * n) for n, c in enumerate(self.c) if c]
        return " ".join(reversed(terms)) or "0"


p, q = Poly(-1, 0, 1), Poly(1, 1)
print(p * q, "|", p + q, "|", *map(str, divmod(p, q)), "|", *map(str, divmod(p * q + Poly(5), q)), "|", p(3), Poly(1, -1) + Poly(-1, 1), [p(x) for x in range(-2, 3)])
