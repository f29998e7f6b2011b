"""Lazy pipelines of generators over a stream of readings."""
import itertools
import math
from collections import deque
from functools import reduce

RAW = """\
# station;minute;celsius
north;0;4.5
north;1;4.7
south;0;11.0

south;1;broken
north;2;9.9
south;2;11.4   # re-calibrated
north;3;4.8
south;3;11.2
"""

touched = []


def lines(text):
    for number, line in enumerate(text.splitlines(), 1):
        touched.append(number)
        yield line


def strip_comments(source):
    for line in source:
        line, _, _ = line.partition("#")
        if line := line.strip():
            yield line


def parse(source, rejected):
    for line in source:
        station, minute, value = line.split(";")
        try:
            yield station, int(minute), float(value)
        except ValueError:
            rejected.append(line)


def only(source, station):
    return ((minute, value) for name, minute, value in source if name == station)


def smooth(source, size=2):
    recent = deque(maxlen=size)
    for minute, value in source:
        recent.append(value)
        yield minute, sum(recent) / len(recent)


def pipe(source, *stages):
    return reduce(lambda stream, stage: stage(stream), stages, source)


rejected = []
north = pipe(lines(RAW), strip_comments, lambda s: parse(s, rejected), lambda s: only(s, "north"), smooth)
print(touched[:], next(north), touched[:])
for minute, value in north:
    print(minute, f"{value:.2f}", "lines read:", len(touched))
print("rejected", rejected)


def tee_by(source, key):
    """Splits one stream into several, buffering what is not wanted yet."""
    iterator, buffers = iter(source), {}

    def branch(name):
        own = buffers.setdefault(name, deque())
        while True:
            while not own:
                try:
                    item = next(iterator)
                except StopIteration:
                    return
                buffers.setdefault(key(item), deque()).append(item)
            yield own.popleft()

    return branch


branch = tee_by(range(10), lambda n: "even" if n % 2 == 0 else "odd")
odd, even = branch("odd"), branch("even")
print(next(odd), next(odd), list(even), list(odd))


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
