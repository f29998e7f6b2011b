"""Conway's game of life on an unbounded board, and one-dimensional automata."""
from collections import Counter
from itertools import islice, product

NEIGHBOURS = [(dx, dy) for dx, dy in product((-1, 0, 1), repeat=2) if (dx, dy) != (0, 0)]


class Board(frozenset):
    @classmethod
    def parse(cls, text):
        return cls((x, y) for y, row in enumerate(text.strip("\n").splitlines()) for x, c in enumerate(row) if c in "#O")

    def step(self):
        counts = Counter((x + dx, y + dy) for x, y in self for dx, dy in NEIGHBOURS)
        return Board(cell for cell, n in counts.items() if n == 3 or n == 2 and cell in self)

    def __iter__(self):
        return iter(sorted(super().__iter__()))

    def history(self):
        board = self
        while True:
            yield board
            board = board.step()

    @property
    def box(self):
        xs, ys = zip(*self)
        return min(xs), min(ys), max(xs), max(ys)

    def normal(self):
        if not self:
            return self
        x0, y0, _, _ = self.box
        return Board((x - x0, y - y0) for x, y in self)

    def __str__(self):
        if not self:
            return "(empty)"
        x0, y0, x1, y1 = self.box
        return "\n".join("".join(".#"[(x, y) in self] for x in range(x0, x1 + 1)) for y in range(y0, y1 + 1))


def fate(board, limit=40):
    seen = {}
    for generation, state in enumerate(islice(board.history(), limit)):
        if not state:
            return f"dies at {generation}"
        shape = state.normal()
        if shape in seen:
            before, box = seen[shape]
            period = generation - before
            moved = (state.box[0] - box[0], state.box[1] - box[1])
            kind = "still" if period == 1 else f"period {period}"
            return f"{kind} from {before}" + (f", moving {moved}" if moved != (0, 0) else "")
        seen[shape] = generation, state.box
    return f"{len(state)} cells after {limit - 1}"


PATTERNS = {
    "block": "##\n##",
    "blinker": "###",
    "glider": ".#.\n..#\n###",
    "toad": ".###\n###.",
    "tee": "###\n.#.",
    "lightweight ship": "#..#.\n....#\n#...#\n.####",
    "r pentomino": ".##\n##.\n.#.",
    "pair": "#\n#",
    "acorn": ".#\n...#\n##..###",
}
for name, text in PATTERNS.items():
    board = Board.parse(text)
    print(f"{name:<17}{len(board)} cells, {fate(board)}")

for generation, board in enumerate(islice(Board.parse(PATTERNS["glider"]).history(), 3)):
    print(f"generation {generation} at {board.box}", board, sep="\n")
print(next(islice(Board.parse(PATTERNS["tee"]).history(), 9, None)))


def elementary(rule, width=31, rows=8):
    row = 1 << width // 2
    for _ in range(rows):
        yield f"{row:0{width}b}".translate({48: ".", 49: "#"})
        row = sum(1 << i for i in range(width) if rule >> (row >> i - 1 & 7 if i else row << 1 & 7) & 1)


print(*elementary(90), sep="\n")
print(*elementary(30, 21, 5), sep="\n")


def torus(rows, steps):
    """The same rules on a small torus, with lists."""
    height, width = len(rows), len(rows[0])
    for _ in range(steps):
        rows = [
            [int((n := sum(rows[(y + dy) % height][(x + dx) % width] for dx, dy in NEIGHBOURS)) == 3 or n == 2 and rows[y][x]) for x in range(width)]
            for y in range(height)
        ]
    return rows


grid = [[int((x, y) in Board.parse(PATTERNS["glider"])) for x in range(6)] for y in range(6)]
print(torus(grid, 24) == grid, ["".join(map(str, row)) for row in torus(grid, 10)])
