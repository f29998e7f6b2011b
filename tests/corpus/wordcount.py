"""Counts lines, words and characters of text files, then the commonest words."""
import re
from collections import Counter
from pathlib import Path

DATA = Path(__file__).with_suffix(".data")
WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
STOP = frozenset("a and the of it on his he in was to".split())


class Tally:
    def __init__(self, name):
        self.name = name
        self.lines = self.words = self.chars = 0
        self.common = Counter()

    def feed(self, line):
        self.lines += 1
        self.words += len(line.split())
        self.chars += len(line)
        self.common.update(w for w in WORD.findall(line.lower()) if w not in STOP)

    def __add__(self, other):
        total = Tally("total")
        for field in ("lines", "words", "chars"):
            setattr(total, field, getattr(self, field) + getattr(other, field))
        total.common = self.common + other.common
        return total

    def __str__(self):
        return f"{self.lines:>5}{self.words:>6}{self.chars:>7}  {self.name}"


def count(path):
    tally = Tally(path.name)
    with open(path, encoding="utf-8") as source:
        for line in source:
            tally.feed(line)
    return tally


def longest(counter, how_many):
    return sorted(counter, key=lambda word: (-len(word), word))[:how_many]


def main():
    tallies = [count(path) for path in sorted(DATA.glob("*.txt"))]
    total = Tally("nothing")
    for tally in tallies:
        print(tally)
        total += tally
    print(total)

    print("\ncommonest:")
    ranked = sorted(total.common.items(), key=lambda pair: (-pair[1], pair[0]))
    for word, times in ranked[:8]:
        print(f"  {word:<10} {'#' * times} {times}")
    print("longest:", ", ".join(longest(total.common, 4)))
    print("with apostrophe:", sorted(w for w in total.common if "'" in w))


if __name__ == "__main__":
    main()
