from .lazy import even


def odd(n):
    return n != 0 and even(n - 1)
