"""The tree of an expression; the operators of Python build it."""
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Expr", "Num", "Var", "Add", "Mul", "Pow", "Sin", "Cos"]


class Expr:
    def __add__(self, other): return Add(self, lift(other))
    def __radd__(self, other): return Add(lift(other), self)
    def __sub__(self, other): return Add(self, Mul(Num(-1), lift(other)))
    def __mul__(self, other): return Mul(self, lift(other))
    def __rmul__(self, other): return Mul(lift(other), self)
    def __pow__(self, power): return Pow(self, power)
    def __neg__(self): return Mul(Num(-1), self)


@dataclass(frozen=True)
class Num(Expr):
    value: int


@dataclass(frozen=True)
class Var(Expr):
    name: str


@dataclass(frozen=True)
class Add(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Mul(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Pow(Expr):
    base: Expr
    power: int


@dataclass(frozen=True)
class Sin(Expr):
    inside: Expr


@dataclass(frozen=True)
class Cos(Expr):
    inside: Expr


def lift(value):
    return value if isinstance(value, Expr) else Num(value)
