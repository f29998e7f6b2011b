"""Mutual recursion, trampolines, trees, back-tracking, drawings, the recursion limit."""
import sys
from functools import reduce


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def trampoline(function, *args):
    while callable(result := function(*args)):
        function, args = result, ()
    return result


def count_down(n, total=0):
    return total if n == 0 else lambda: count_down(n - 1, total + n)


print(even(40), odd(7), trampoline(count_down, 5000))


def depth(tree):
    return 1 + max(map(depth, tree), default=0) if isinstance(tree, list) else 0


def rebuild(tree, function):
    return [rebuild(t, function) for t in tree] if isinstance(tree, list) else function(tree)


def flood(grid, x, y, colour):
    old = grid[y][x]

    def fill(x, y):
        if 0 <= y < len(grid) and 0 <= x < len(grid[y]) and grid[y][x] == old != colour:
            grid[y][x] = colour
            return 1 + fill(x + 1, y) + fill(x - 1, y) + fill(x, y + 1) + fill(x, y - 1)
        return 0

    return fill(x, y)


tree = [1, [2, [3, []], 4], [[5]]]
print(depth(tree), rebuild(tree, lambda n: n * n))
grid = [list(row) for row in ("..#..", ".##..", "#....")]
print(flood(grid, 4, 0, "o"), "/".join(map("".join, grid)))


def queens(n, placed=()):
    row = len(placed)
    if row == n:
        return [placed]
    return [found for column in range(n) if all(column != c and abs(column - c) != row - r for r, c in enumerate(placed)) for found in queens(n, (*placed, column))]


def koch(level):
    return "F" if level == 0 else "".join(koch(level - 1) if c == "F" else c for c in "F+F--F+F")


def ruler(n):
    return "" if n == 0 else ruler(n - 1) + str(n) + ruler(n - 1)


def sierpinski(n):
    if n == 0:
        return ["*"]
    smaller, space = sierpinski(n - 1), " " * 2 ** (n - 1)
    return [space + row + space for row in smaller] + [f"{row} {row}" for row in smaller]


print(len(queens(6)), queens(4)[0], len(koch(3)), ruler(4), *(row.rstrip() for row in sierpinski(2)), sep="\n")


def limit_reached():
    def dig(n):
        return dig(n + 1)
    try:
        dig(0)
    except RecursionError as error:
        return type(error).__name__


def with_limit(limit):
    saved = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        return limit_reached(), sys.getrecursionlimit() == limit
    finally:
        sys.setrecursionlimit(saved)


nested = reduce(lambda inner, _: [inner], range(50), [])
loop = {}
loop["self"] = loop
print(limit_reached(), with_limit(200), repr(nested).count("["), loop, (lambda f: f(f, 6))(lambda f, n: n and n + f(f, n - 1)))
