"""A vector of any length."""
from __future__ import annotations

import math
from itertools import zip_longest


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
        if not isinstance(other, Vector):
            return NotImplemented
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
