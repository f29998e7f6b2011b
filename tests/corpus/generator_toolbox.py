"""Endless generators, merging, flattening, accumulating, and generator expressions."""
import itertools
import math


def primes():
    yield 2
    known = [2]
    for candidate in itertools.count(3, 2):
        if all(candidate % p for p in itertools.takewhile(lambda p: p <= math.isqrt(candidate), known)):
            known.append(candidate)
            yield candidate


def merge(*streams):
    heads = [(next(s), i, s) for i, s in enumerate(map(iter, streams))]
    while heads:
        value, i, stream = heads.pop(heads.index(min(heads)))
        yield value
        for following in stream:
            heads.append((following, i, stream))
            break


def flatten(tree):
    match tree:
        case list() | tuple():
            for branch in tree:
                yield from flatten(branch)
        case _:
            yield tree


def chunked_sum(values):
    total = 0
    while (value := (yield total)) is not None:
        total += value


print(list(itertools.islice(primes(), 15)))
print(list(itertools.islice(merge(itertools.count(1, 3), itertools.count(2, 5), iter([0, 0, 9])), 9)))
print(list(flatten([1, [2, (3, [4, []]), 5], "six"])), sum(flatten([[1], [[2, 3]]])))
print([(x, y) for x in range(4) for y in range(x) if (x + y) % 2], {x: [y for y in range(x)] for x in range(3)})
fibonacci = (lambda step: step(step, 0, 1))(lambda self, a, b: itertools.chain([a], (v for _ in [0] for v in self(self, b, a + b))))
print(list(itertools.islice(fibonacci, 12)))
print(max((len(w), w) for w in "lazy streams never hurry".split()), next(x for x in range(10**9) if x * x > 10**6))
