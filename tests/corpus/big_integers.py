"""Arbitrary precision integers: factorials, primes, RSA, digits of e and pi, bases."""
import math
import sys
from itertools import islice

print(2**200, -(3**50), 10**30 // 7, -(10**30) // 7, 10**30 % 7, -(10**30) % 7, divmod(-(7**40), 10**9))
print(math.factorial(50), math.comb(200, 100) % 10**12, pow(3, 10**18, 10**9 + 7), pow(3, -1, 11), math.isqrt(2 * 10**60))
print((1 << 100) - 1, 1 << 100 >> 98, -1 >> 200, (2**100).bit_length(), (2**100 - 1).bit_count(), ~(2**70), 2**70 ^ 2**69, -(2**70) & 2**71 - 1, 2**70 | 1)
print(hash(2**61 - 1), hash(2**61), hash(-1), hash(10**20) == hash(float(10**20)), 10**22 == 1e22, 10**23 == 1e23, 2**53 + 1 == float(2**53 + 1), int(1e23))
print(int("123456789" * 5), int("-0b1011", 2), int("zz", 36), int("0x_ff", 16), int("  42\n"), int("٤٢"), int(b"17"), int("1_000"), 0xDEAD_BEEF, 0o777, 0b1010_1010)
print(f"{10**24:,}", f"{2**64:#x}", f"{2**40:_b}", f"{-(2**64):e}", f"{12345678901234567890:>30d}", hex(-(2**70)), oct(2**40), str(10**40)[::-1][:5], float(10**25), round(123456789012345678901, -5), round(-15, -1), round(25, -1))
print((123456789**5).to_bytes(20, "big").hex(), int.from_bytes(bytes(range(1, 17)), "little"), (-(2**80)).to_bytes(11, "big", signed=True), (2**64).as_integer_ratio(), True + True, sum([10**20] * 3))
for bad in (lambda: 1 // 0, lambda: 5 % 0, lambda: int("12a"), lambda: int("9", 8), lambda: float(10**400), lambda: 1 << -1, lambda: (300).to_bytes(1, "big"), lambda: (-1).to_bytes(1, "big"), lambda: pow(2, -1, 4), lambda: int("1" * 5000), lambda: int("", 10), lambda: int("1__0"), lambda: 10**400 / 3):
    try:
        bad()
        print("ok", end=" ")
    except (ZeroDivisionError, ValueError, OverflowError) as error:
        print(type(error).__name__, end=" ")
print()


def is_prime(n):
    if n < 2 or any(n % p == 0 for p in (2, 3, 5, 7, 11, 13)):
        return n in (2, 3, 5, 7, 11, 13)
    shift = (n - 1 & 1 - n).bit_length() - 1
    odd = n - 1 >> shift
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(shift - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return base % n == 0
    return True


print([e for e in range(2, 130) if is_prime(e) and is_prime(2**e - 1)], is_prime(2**67 - 1), next(n for n in range(10**20, 10**21) if is_prime(n)))


def rho(n):
    if n == 1:
        return []
    if is_prime(n):
        return [n]
    if n % 2 == 0:
        return [2] + rho(n // 2)
    for c in range(1, 20):
        x = y = 2
        while True:
            x = (x * x + c) % n
            y = ((y * y + c) ** 2 + c) % n
            if (d := math.gcd(abs(x - y), n)) > 1:
                break
        if d < n:
            return sorted(rho(d) + rho(n // d))
    return [n]


print(rho(2**32 + 1), rho(600851475143), rho(1), rho(1234567890), rho(97))


def extended(a, b):
    x0, x1, y0, y1 = 1, 0, 0, 1
    while b:
        q, a, b = a // b, b, a % b
        x0, x1, y0, y1 = x1, x0 - q * x1, y1, y0 - q * y1
    return a, x0, y0


p, q, e = 2**89 - 1, 2**107 - 1, 65537
n, phi = p * q, (p - 1) * (q - 1)
d = pow(e, -1, phi)
message = int.from_bytes(b"attack at dawn", "big")
cipher = pow(message, e, n)
print(extended(240, 46), extended(e, phi)[1] % phi == d, pow(cipher, d, n).to_bytes(14, "big"), cipher % 10**9, math.gcd(n, p) == p)


def pi_digits():
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = 10 * q, 10 * (r - n * t), (10 * (3 * q + r)) // t - 10 * n
        else:
            q, r, t, k, n, l = q * k, (2 * q + r) * l, t * l, k + 1, (q * (7 * k + 2) + r * l) // (t * l), l + 2


def e_digits(count):
    scale = 10 ** (count + 10)
    total = term = scale
    k = 1
    while term:
        term //= k
        total += term
        k += 1
    return str(total)[: count + 1]


print("".join(map(str, islice(pi_digits(), 50))), e_digits(45))


def to_base(n, base, digits="0123456789abcdefghijklmnopqrstuvwxyz"):
    if n < 0:
        return "-" + to_base(-n, base)
    return (to_base(n // base, base) if n >= base else "") + digits[n % base]


def fibonacci(n):
    if n == 0:
        return 0, 1
    a, b = fibonacci(n >> 1)
    c, d = a * (2 * b - a), a * a + b * b
    return (d, c + d) if n & 1 else (c, d)


print(to_base(10**30, 36), int(to_base(-(3**60), 7), 7) == -(3**60), to_base(0, 2), fibonacci(300)[0], sum(map(int, str(2**1000))), len(str(fibonacci(2000)[0])))
print(sys.maxsize.bit_length() in (31, 63), isinstance(2**100, int), [n for n in range(1, 1000) if n == sum(int(c) ** 3 for c in str(n))], (5).real, (7).denominator, (-8).__abs__(), int.__add__(2, 3), 7 .bit_length())
