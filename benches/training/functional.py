"""Generators, closures, comprehensions, decorators, sorting and pattern matching."""

from dataclasses import dataclass, field
from functools import lru_cache, partial, reduce
from itertools import accumulate, chain, combinations, groupby, islice
from operator import attrgetter, itemgetter


@dataclass(order=True)
class Item:
    weight: int
    name: str = field(compare=False)
    tags: tuple = ()


def tokens(text):
    word = ""
    for character in text:
        if character.isalnum():
            word += character
        else:
            if word:
                yield word
            word = ""
    if word:
        yield word


def tree(depth):
    if depth:
        yield depth
        yield from tree(depth - 1)
        yield from tree(depth - 1)


@lru_cache(maxsize=None)
def ways(amount, coins):
    if amount == 0:
        return 1
    if amount < 0 or not coins:
        return 0
    return ways(amount - coins[0], coins) + ways(amount, coins[1:])


def classify(value):
    match value:
        case int() if value > 10:
            return "large"
        case int():
            return "small"
        case [first, *rest] if rest:
            return f"list of {first!r} and {len(rest)}"
        case {"kind": kind, **others}:
            return f"{kind} with {sorted(others)}"
        case _:
            return type(value).__name__


def main():
    items = [Item((n * 37) % 101, f"item{n % 50}", (n % 3, n % 5)) for n in range(4000)]
    items.sort(key=attrgetter("name"))
    groups = {name: [item.weight for item in group] for name, group in groupby(items, key=attrgetter("name"))}
    best = sorted(groups.items(), key=lambda pair: (-sum(pair[1]), pair[0]))[:3]
    ordered = sorted(items)[:5]
    words = list(tokens("the quick brown fox; jumps over 13 lazy dogs. " * 400))
    lengths = {length: sum(1 for word in words if len(word) == length) for length in {len(word) for word in words}}
    adders = [partial(lambda a, b: a + b, step) for step in range(20)]
    total = reduce(lambda value, add: add(value), chain.from_iterable([adders] * 200), 0)
    pairs = sum(a * b for a, b in combinations(range(120), 2))
    running = list(islice(accumulate(range(5000), max), 4990, None))
    kinds = [classify(value) for value in (5, 50, [1, 2, 3], {"kind": "a", "b": 1}, 2.5, "x")] * 300
    print([name for name, _ in best], itemgetter(0, -1)(ordered), lengths[3], total, pairs, running[-1])
    print(sum(tree(12)), ways(180, (50, 25, 10, 5, 1)), len(set(kinds)))


main()
