"""Integers of all sizes, floats, decimals and fractions; nested loops and slices."""

from decimal import Decimal, getcontext
from fractions import Fraction
from math import isqrt, sqrt


def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[0:2] = b"\0\0"
    for number in range(2, isqrt(limit) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return [number for number, prime in enumerate(sieve) if prime]


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        value, steps = start, 0
        while value != 1:
            value = value // 2 if value % 2 == 0 else 3 * value + 1
            steps += 1
        if steps > longest:
            longest = steps
    return longest


def heat(size, rounds):
    grid = [[0.0] * size for _ in range(size)]
    grid[size // 2][size // 2] = 1000.0
    for _ in range(rounds):
        new = [row[:] for row in grid]
        for y in range(1, size - 1):
            above, row, below = grid[y - 1], grid[y], grid[y + 1]
            for x in range(1, size - 1):
                new[y][x] = row[x] + 0.1 * (above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x])
        grid = new
    return sum(sqrt(abs(value)) for row in grid for value in row)


def modpow(base, exponent, modulus):
    result = 1
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


getcontext().prec = 30
series = sum(Decimal(1) / Decimal(n) ** 2 for n in range(1, 400))
harmonic = sum((Fraction(1, n) for n in range(1, 120)), Fraction())
print(len(primes(200000)), collatz(6000), round(heat(40, 40), 6))
print(sum(modpow(base, (1 << 61) - 2, (1 << 61) - 1) for base in range(2, 400)), series, harmonic.denominator % 10007)
