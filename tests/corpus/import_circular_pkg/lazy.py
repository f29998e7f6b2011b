"""Imports the other half only when it is called."""


def even(n):
    from .lazy_other import odd

    return n == 0 or odd(n - 1)
