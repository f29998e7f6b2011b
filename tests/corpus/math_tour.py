"""math, cmath and float behaviour with results that do not depend on the platform."""
import cmath
import math
import sys
from itertools import pairwise

print(math.factorial(20), math.comb(52, 5), math.perm(10, 3), math.gcd(1071, 462, 21), math.lcm(4, 6, 10))
print(math.isqrt(10**20 + 1), math.prod(range(1, 11)), math.sumprod([1, 2, 3], [4, 5, 6]), round(math.cbrt(27.0), 9))
print(math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.5), round(-2.5), round(3.5), round(1234.567, -2))
print(math.fmod(-7, 3), -7 % 3, math.remainder(7, 4), math.modf(-3.25), math.frexp(20.0), math.ldexp(0.625, 5))
print(math.fsum([0.1] * 10), math.dist((1, 2), (4, 6)), math.hypot(2, 3, 6))
print(math.copysign(3, -0.0), math.nextafter(1.0, 2.0) - 1.0 == sys.float_info.epsilon, math.ulp(1.0))
print(math.isclose(0.1 + 0.2, 0.3), math.isclose(1e-12, 0), math.isclose(1e-12, 0, abs_tol=1e-9))
print(math.inf - 1, -math.inf < 0, math.isnan(math.nan), math.isfinite(1e308 * 10), math.nan == math.nan)
print(f"{math.pi:.12f} {math.e:.12f} {math.tau:.6f} {math.log(100, 10):.6f} {math.log2(1 << 70)} {math.log10(1000)}")
print(f"{math.sin(math.radians(30)):.9f} {math.degrees(math.atan2(1, -1)):.6f} {math.erf(0.5):.9f} {math.gamma(5.5):.6f}")
print(f"{math.exp(1.5):.9f} {math.expm1(1e-10):.6e} {math.log1p(1e-10):.6e} {math.tanh(0.5):.9f} {math.sqrt(2) ** 2:.3f}")

for action in (
    lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.factorial(-1), lambda: math.exp(1000),
    lambda: 1.0 / 0.0, lambda: math.factorial(2.5), lambda: int(math.inf), lambda: int(math.nan), lambda: 10.0 ** 400,
):
    try:
        print(action())
    except (ValueError, OverflowError, ZeroDivisionError, TypeError) as error:
        print(type(error).__name__, end=" ")
print()

z = 3 + 4j
print(abs(z), z.conjugate(), z * (1 - 2j), z / 2j, z ** 2, -z, z == complex("3+4j"), complex(1.5), 2j.imag)
print(repr(complex(0, -1)), f"{z:.2f}", bool(0j), hash(3 + 0j) == hash(3), complex(real=1, imag=-0.5))
r, phi = cmath.polar(-1 + 0j)
print(r, f"{phi:.9f}", [f"{w.real:.3f}{w.imag:+.3f}j" for w in (cmath.sqrt(-4), cmath.exp(1j * cmath.pi), cmath.log(1j))])
print(cmath.isclose(cmath.rect(2, cmath.pi / 2), 2j), cmath.isinf(complex(1, math.inf)), cmath.phase(1 + 0j))


def roots(a, b, c):
    root = cmath.sqrt(b * b - 4 * a * c)
    return sorted((w.real + 0.0, w.imag + 0.0) for w in ((-b + root) / (2 * a), (-b - root) / (2 * a)))


print(roots(1, -3, 2), roots(1, 2, 5))


def bisect_root(f, low, high, steps=60):
    for _ in range(steps):
        middle = (low + high) / 2
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    return low


def simpson(f, a, b, pieces=100):
    width = (b - a) / pieces
    edges = [a + n * width for n in range(pieces + 1)]
    return sum((f(x) + 4 * f((x + y) / 2) + f(y)) * width / 6 for x, y in pairwise(edges))


print(f"{bisect_root(lambda x: x**3 - 2, 1, 2):.10f} {simpson(lambda x: 1 / x, 1, math.e):.9f}")

print((0.1).hex(), float.fromhex("0x1.8p+1"), (2.5).as_integer_ratio(), (3.0).is_integer(), float("  -1_0.5e-1 "))
print(1e16, 1e15, 123456789.123456789, 1e-5, 0.0001, -0.0, 5e-324, 1.7976931348623157e308, float("-inf"))
print(7 // 2.0, -7 // 2.0, 7.5 % -2, divmod(-7.5, 2), 2 ** -1, 0.0 == -0.0, 1e308 * 10, 0.1 + 0.7)
