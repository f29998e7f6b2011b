"""Sorting: keys, stability, reverse, natural order, errors."""
from functools import cmp_to_key
from operator import attrgetter, itemgetter
from typing import NamedTuple


class Runner(NamedTuple):
    name: str
    team: str
    minutes: int


RUNNERS = [Runner("ana", "red", 52), Runner("bo", "blue", 49), Runner("cy", "red", 49), Runner("di", "green", 61), Runner("ed", "blue", 52)]


def names(runners):
    return " ".join(r.name for r in runners)


print(names(sorted(RUNNERS, key=attrgetter("minutes"))), "|", names(sorted(RUNNERS, key=attrgetter("minutes"), reverse=True)))
print(names(sorted(RUNNERS, key=itemgetter(1, 2))), "|", names(sorted(RUNNERS, key=lambda r: (-r.minutes, r.name))))
by_team = sorted(sorted(RUNNERS, key=attrgetter("name"), reverse=True), key=attrgetter("team"))
print(names(by_team), "|", names(reversed(RUNNERS)), "|", names(sorted(RUNNERS)))


def natural(text):
    """file10 comes after file9."""
    out, digits = [], ""
    for char in text + "\0":
        if char.isdigit():
            digits += char
            continue
        if digits:
            out.append((0, int(digits), ""))
            digits = ""
        out.append((1, 0, char))
    return out


print(sorted(["file10", "file9", "file1a", "File2", "file"], key=natural), sorted("bAcB aC", key=str.casefold), sorted("bAc", key=str.swapcase))
versions = ["1.10", "1.9.1", "1.9", "2.0"]
print(sorted(versions, key=lambda v: [*map(int, v.split("."))]), max(versions, key=len), min(versions, default=None), max([], default="none"))
largest = cmp_to_key(lambda a, b: int(b + a) - int(a + b))
print("".join(sorted(["3", "30", "34", "5", "9"], key=largest)), sorted([True, 0.5, -1, 2]), sorted({"b": 1, "a": 2}.items(), key=itemgetter(1)))
data = [3, 1, 2]
print(data.sort(), data, data.sort(reverse=True), data, sorted("hello", reverse=True)[:3], list(reversed(sorted(data))))


class Noisy:
    comparisons = 0

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        Noisy.comparisons += 1
        return self.value < other.value


noisy = sorted(map(Noisy, range(20)))
print(Noisy.comparisons > 0, [n.value for n in sorted(map(Noisy, "cab"))])
for bad in (lambda: sorted([1, "a"]), lambda: sorted([1j, 2j]), lambda: [].sort(lambda a: a), lambda: sorted(5), lambda: max(), lambda: min([])):
    try:
        bad()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, end=" ")
print()
