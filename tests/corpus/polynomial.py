"""Polynomials: arithmetic, division, derivatives, rational roots, interpolation."""
from fractions import Fraction
from functools import reduce
from itertools import product, zip_longest
from math import gcd


class Poly:
    def __init__(self, *coefficients):
        while coefficients and not coefficients[-1]:
            coefficients = coefficients[:-1]
        self.c = coefficients

    @property
    def degree(self):
        return len(self.c) - 1

    def __call__(self, x):
        return reduce(lambda acc, c: acc * x + c, reversed(self.c), 0)

    def __eq__(self, other):
        return isinstance(other, Poly) and self.c == other.c

    def __bool__(self):
        return bool(self.c)

    def __neg__(self):
        return Poly(*(-c for c in self.c))

    def __add__(self, other):
        return Poly(*map(sum, zip_longest(self.c, other.c, fillvalue=0)))

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        out = [0] * (len(self.c) + len(other.c))
        for (i, a), (j, b) in product(enumerate(self.c), enumerate(other.c)):
            out[i + j] += a * b
        return Poly(*out)

    def __pow__(self, n):
        return reduce(Poly.__mul__, [self] * n, Poly(1))

    def __divmod__(self, other):
        rest, quotient = list(self.c), [0] * max(0, len(self.c) - len(other.c) + 1)
        for shift in range(len(quotient) - 1, -1, -1):
            factor = quotient[shift] = Fraction(rest[shift + other.degree], other.c[-1])
            for i, c in enumerate(other.c):
                rest[shift + i] -= factor * c
        return Poly(*quotient), Poly(*rest)

    def derivative(self):
        return Poly(*[n * c for n, c in enumerate(self.c)][1:])

    def rational_roots(self):
        """Candidates are divisors of the first over divisors of the last coefficient."""
        low = next(n for n, c in enumerate(self.c) if c)
        if low:
            yield Fraction(0)
        first, last = abs(self.c[low]), abs(self.c[-1])
        for p, q in product(range(1, first + 1), range(1, last + 1)):
            if first % p == 0 and last % q == 0 and gcd(p, q) == 1:
                yield from (root for root in (Fraction(p, q), Fraction(-p, q)) if not self(root))

    def __str__(self):
        terms = []
        for n, c in reversed(list(enumerate(self.c))):
            if c:
                size = "" if abs(c) == 1 and n else str(abs(c))
                terms.append(("-" if c < 0 else "+") + size + ("" if n == 0 else "x" if n == 1 else f"x^{n}"))
        return " ".join(terms).removeprefix("+") or "0"


def interpolate(*points):
    total = Poly()
    for x, y in points:
        basis = Poly(Fraction(y))
        for other, _ in points:
            if other != x:
                basis *= Poly(Fraction(-other, x - other), Fraction(1, x - other))
        total += basis
    return total


p, q = Poly(-1, 0, 1), Poly(1, 1)
print(p * q, "|", p + q, "|", p - p, "|", q**4, "|", *map(str, divmod(p, q)), "|", *map(str, divmod(p * q + Poly(5), Poly(2, 4))))
print(p(3), p(Fraction(1, 2)), [p(x) for x in range(-2, 3)], (q**3).derivative(), p.degree, bool(p - p), p == Poly(-1, 0, 1, 0))
for poly in (Poly(-6, 11, -6, 1), Poly(0, 0, -1, 2), Poly(2, 0, 1), Poly(-2, -1, 6) * q):
    print(f"{poly!s:<24} roots {', '.join(sorted(map(str, set(poly.rational_roots())))) or 'none'}")
curve = interpolate((0, 1), (1, 3), (2, 11), (3, 31))
print(curve, [int(curve(x)) for x in range(6)], interpolate((1, 2), (3, 5)))
try:
    divmod(p, Poly())
except (ZeroDivisionError, IndexError) as error:
    print(type(error).__name__)
