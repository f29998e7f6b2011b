"""Recursion: hanoi, permutations, partitions, memo tables."""
from functools import lru_cache


def hanoi(n, source="A", target="C", spare="B"):
    if n:
        yield from hanoi(n - 1, source, spare, target)
        yield f"{source}{target}"
        yield from hanoi(n - 1, spare, target, source)


def permutations(items):
    if not items:
        yield []
    for i, item in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [item, *rest]


def power_set(items):
    if not items:
        return [[]]
    head, *tail = items
    return (rest := power_set(tail)) + [[head, *subset] for subset in rest]


def partitions(n, largest=None):
    if n == 0:
        yield ()
        return
    for first in range(min(n, largest or n), 0, -1):
        for rest in partitions(n - first, first):
            yield first, *rest


print(" ".join(hanoi(3)), len(list(hanoi(8))))
print(["".join(p) for p in permutations(list("abc"))], len(list(permutations(list(range(5))))))
print(power_set([1, 2, 3]), list(partitions(5)))


@lru_cache(maxsize=None)
def edit_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(edit_distance(a[1:], b) + 1, edit_distance(a, b[1:]) + 1, edit_distance(a[1:], b[1:]) + (a[0] != b[0]))


@lru_cache(maxsize=None)
def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


@lru_cache(maxsize=None)
def lcs(a, b):
    if not a or not b:
        return ""
    if a[-1] == b[-1]:
        return lcs(a[:-1], b[:-1]) + a[-1]
    return max(lcs(a[:-1], b), lcs(a, b[:-1]), key=len)


def knapsack(items, room, memo={}):
    key = (len(items), room)
    if key not in memo:
        if not items:
            memo[key] = 0, ()
        else:
            (name, weight, worth), *rest = items
            best = knapsack(rest, room)
            if weight <= room:
                total, chosen = knapsack(rest, room - weight)
                best = max(best, (total + worth, (name, *chosen)))
            memo[key] = best
    return memo[key]


print(edit_distance("kitten", "sitting"), ackermann(2, 5), lcs("AGGTABQ", "GXTXAYBQ"), knapsack([("map", 9, 150), ("water", 153, 200), ("tin", 68, 45), ("sun", 11, 70), ("tent", 120, 180)], 200))
