"""Symbolic differentiation and simplification with pattern matching."""
from __future__ import annotations

from lib_pattern_calculus.expr import *


def derive(e: Expr, by: str) -> Expr:
    match e:
        case Num():
            return Num(0)
        case Var(name):
            return Num(int(name == by))
        case Add(a, b):
            return derive(a, by) + derive(b, by)
        case Mul(a, b):
            return derive(a, by) * b + a * derive(b, by)
        case Pow(base, n):
            return n * base ** (n - 1) * derive(base, by)
        case Sin(u):
            return Cos(u) * derive(u, by)
        case Cos(u):
            return -Sin(u) * derive(u, by)


def simplify(e: Expr) -> Expr:
    match e:
        case Add(a, b):
            match simplify(a), simplify(b):
                case Num(x), Num(y):
                    return Num(x + y)
                case (Num(0), other) | (other, Num(0)):
                    return other
                case x, y if x == y:
                    return simplify(2 * x)
                case x, Num() as y:
                    return Add(y, x)
                case x, y:
                    return Add(x, y)
        case Mul(a, b):
            match simplify(a), simplify(b):
                case Num(x), Num(y):
                    return Num(x * y)
                case (Num(0), _) | (_, Num(0)):
                    return Num(0)
                case (Num(1), other) | (other, Num(1)):
                    return other
                case Num(x), Mul(Num(y), rest):
                    return simplify(Num(x * y) * rest)
                case x, Num() as y:
                    return simplify(y * x)
                case Mul(Num() as n, x), y:
                    return simplify(n * (x * y))
                case x, y:
                    return x**2 if x == y else Mul(x, y)
        case Pow(base, 0):
            return Num(1)
        case Pow(base, 1):
            return simplify(base)
        case Pow(base, n):
            match simplify(base):
                case Num(value):
                    return Num(value**n)
                case Pow(inner, m):
                    return Pow(inner, m * n)
                case inner:
                    return Pow(inner, n)
        case Sin(u) | Cos(u):
            return type(e)(simplify(u))
    return e


def show(e: Expr, level: int = 0) -> str:
    match e:
        case Num(value=text) | Var(name=text):
            return str(text)
        case Add(a, Mul(Num(n), b)) if n < 0:
            text, own = f"{show(a, 1)} - {show(simplify(Num(-n) * b), 2)}", 1
        case Add(a, b):
            text, own = f"{show(a, 1)} + {show(b, 1)}", 1
        case Mul(Num(-1), b):
            return f"-{show(b, 2)}"
        case Mul(a, b):
            text, own = f"{show(a, 2)}*{show(b, 2)}", 2
        case Pow(base, n):
            text, own = f"{show(base, 3)}^{n}", 3
        case Sin(u) | Cos(u):
            return f"{type(e).__name__.lower()}({show(u)})"
    return f"({text})" if own < level else text


x, y = Var("x"), Var("y")
for expression in (x**3 + 2 * x - 5, (x + 1) * (x + y), Sin(x**2), Cos(3 * x) * x, (2 * x) ** 4, -(x**2) ** 3, Num(7) * y):
    print(f"d/dx {show(simplify(expression)):<18} = {show(simplify(derive(expression, 'x')))}")
third = x**5
for _ in range(3):
    third = simplify(derive(third, "x"))
print(show(third), third == Mul(Num(60), Pow(x, 2)), hash(third) == hash(60 * x**2), repr(simplify(x * 0 + 3)))
