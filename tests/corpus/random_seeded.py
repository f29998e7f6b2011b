"""random with fixed seeds: the sequences are the same everywhere."""
import math
import random
from collections import Counter

rng = random.Random(42)
print([round(rng.random(), 12) for _ in range(4)], [rng.randint(1, 6) for _ in range(12)], rng.randrange(0, 100, 7))
deck = [r + s for s in "SHDC" for r in "A23456789TJQK"]
rng.shuffle(deck)
print(deck[:8], rng.sample(deck, 4), rng.choice(deck), rng.choices("abc", weights=[5, 1, 1], k=10))
print(rng.getrandbits(40), rng.randbytes(6).hex(), round(rng.uniform(-5, 5), 9), rng.sample(range(10**9), 3), rng.sample(["x", "y"], counts=[3, 2], k=4))
print([round(f, 9) for f in (rng.gauss(0, 1), rng.gauss(10, 2), rng.normalvariate(0, 1), rng.expovariate(2), rng.triangular(0, 10, 3), rng.betavariate(2, 3), rng.paretovariate(3), rng.lognormvariate(0, 0.5))])

state = rng.getstate()
first = [rng.random() for _ in range(3)]
rng.setstate(state)
print(first == [rng.random() for _ in range(3)], random.Random("text").randint(0, 10**6), random.Random(b"bytes").randint(0, 10**6), random.Random(-7).random() == random.Random(7).random(), random.Random(2.5).randint(0, 999))
random.seed(7)
one = random.random()
random.seed(7)
print(one == random.random() == random.Random(7).random(), random.Random(0).randrange(10**30))
for bad in (lambda: rng.choice([]), lambda: rng.randrange(0), lambda: rng.sample([1], 2), lambda: rng.choices([]), lambda: rng.randrange(1.5)):
    try:
        bad()
    except (IndexError, ValueError, TypeError) as error:
        print(type(error).__name__, end=" ")
print()


class Dice:
    def __init__(self, seed):
        self.rng = random.Random(seed)

    def roll(self, text):
        count, _, rest = text.partition("d")
        sides, _, bonus = rest.partition("+")
        return sum(self.rng.randint(1, int(sides)) for _ in range(int(count or 1))) + int(bonus or 0)


dice = Dice(1)
print([dice.roll(text) for text in ("3d6", "d20", "2d8+5", "10d4")])
counts = Counter(dice.roll("2d6") for _ in range(500))
print(dict(sorted(counts.items())), counts.total())


class Markov:
    def __init__(self, text, order=2):
        self.order, self.table = order, {}
        padded = text + text[:order]
        for i in range(len(text)):
            self.table.setdefault(padded[i : i + order], []).append(padded[i + order])

    def babble(self, length, seed):
        rng = random.Random(seed)
        out = rng.choice(sorted(self.table))
        while len(out) < length:
            out += rng.choice(self.table[out[-self.order :]])
        return out


print(Markov("the theme of the thesis is the other thing, then these ").babble(60, 5))


def reservoir(stream, k, rng):
    kept = []
    for n, item in enumerate(stream, 1):
        if n <= k:
            kept.append(item)
        elif (slot := rng.randrange(n)) < k:
            kept[slot] = item
    return kept


def maze(width, height, rng):
    cells, path = {(0, 0)}, [(0, 0)]
    grid = [["#"] * (2 * width + 1) for _ in range(2 * height + 1)]
    while path:
        x, y = path[-1]
        grid[2 * y + 1][2 * x + 1] = " "
        ways = [(x + dx, y + dy) for dx, dy in ((0, 1), (1, 0), (0, -1), (-1, 0)) if 0 <= x + dx < width and 0 <= y + dy < height and (x + dx, y + dy) not in cells]
        if not ways:
            path.pop()
            continue
        a, b = rng.choice(ways)
        grid[y + b + 1][x + a + 1] = " "
        cells.add((a, b))
        path.append((a, b))
    return ["".join(row) for row in grid]


print(reservoir(range(1000), 5, random.Random(3)), *maze(9, 3, random.Random(11)), sep="\n")
inside = sum(math.hypot(rng.random(), rng.random()) < 1 for rng in [random.Random(9)] for _ in range(2000))
walk = [0]
for step in random.Random(13).choices((-1, 1), k=50):
    walk.append(walk[-1] + step)
print(4 * inside / 2000, min(walk), max(walk), walk[-1], "".join(random.Random(4).sample("abcdefghij", 10)), random.Random(5).shuffle([1, 2]))
