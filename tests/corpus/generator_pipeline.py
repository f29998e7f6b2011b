"""Lazy pipelines of generators over a stream of readings."""
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
