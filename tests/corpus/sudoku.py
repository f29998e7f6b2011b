"""A sudoku solver: constraint propagation, then search with the fewest choices."""
from itertools import chain

DIGITS = "123456789"
CELLS = [r + c for r in "ABCDEFGHI" for c in DIGITS]
UNITS = (
    [[r + c for c in DIGITS] for r in "ABCDEFGHI"]
    + [[r + c for r in "ABCDEFGHI"] for c in DIGITS]
    + [[r + c for r in rows for c in columns] for rows in ("ABC", "DEF", "GHI") for columns in ("123", "456", "789")]
)
OF_CELL = {cell: [unit for unit in UNITS if cell in unit] for cell in CELLS}
PEERS = {cell: set(chain.from_iterable(OF_CELL[cell])) - {cell} for cell in CELLS}


class Contradiction(Exception):
    pass


class Sudoku:
    def __init__(self, text=None):
        self.values = dict.fromkeys(CELLS, DIGITS)
        self.guesses = 0
        if text:
            clues = [c for c in text if c in DIGITS + "0."]
            if len(clues) != 81:
                raise ValueError(f"{len(clues)} cells")
            for cell, clue in zip(CELLS, clues):
                if clue in DIGITS:
                    self.assign(cell, clue)

    def copy(self):
        twin = Sudoku()
        twin.values = self.values.copy()
        return twin

    def assign(self, cell, digit):
        for other in self.values[cell].replace(digit, ""):
            self.eliminate(cell, other)
        if digit not in self.values[cell]:
            raise Contradiction(cell)

    def eliminate(self, cell, digit):
        if digit not in self.values[cell]:
            return
        left = self.values[cell] = self.values[cell].replace(digit, "")
        if not left:
            raise Contradiction(cell)
        if len(left) == 1:
            for peer in sorted(PEERS[cell]):
                self.eliminate(peer, left)
        for unit in OF_CELL[cell]:
            match [spot for spot in unit if digit in self.values[spot]]:
                case []:
                    raise Contradiction(f"no place for {digit} around {cell}")
                case [only] if len(self.values[only]) > 1:
                    self.assign(only, digit)

    @property
    def solved(self):
        return all(len(v) == 1 for v in self.values.values())

    def solutions(self, counter):
        if self.solved:
            yield self
            return
        _, cell = min((len(v), c) for c, v in self.values.items() if len(v) > 1)
        for digit in self.values[cell]:
            twin = self.copy()
            counter[0] += 1
            try:
                twin.assign(cell, digit)
            except Contradiction:
                continue
            yield from twin.solutions(counter)

    def __str__(self):
        rows = []
        for r in "ABCDEFGHI":
            row = [self.values[r + c] if len(self.values[r + c]) == 1 else "." for c in DIGITS]
            rows.append(" ".join(row[0:3]) + " | " + " ".join(row[3:6]) + " | " + " ".join(row[6:9]))
            if r in "CF":
                rows.append("------+-------+------")
        return "\n".join(rows)

    def check(self):
        return all(sorted(self.values[c] for c in unit) == list(DIGITS) for unit in UNITS)


PUZZLES = {
    "easy": "53..7.... 6..195... .98....6. 8...6...3 4..8.3..1 7...2...6 .6....28. ...419..5 ....8..79",
    "harder": "8........ ..36..... .7..9.2.. .5...7... ....457.. ...1...3. ..1....68 ..85...1. .9....4..",
    "two ways": "9.6.7.4.3 ...4..2.. .7..23.1. 5.....1.. .4.2.8.6. ..3.....5 .3.7...5. ..7..5... 4.5.1.7.8",
    "impossible": "55....... ......... ......... ......... ......... ......... ......... ......... .........",
    "short": "12345",
}
for name, text in PUZZLES.items():
    try:
        puzzle = Sudoku(text)
        counter = [0]
        found = [solution for solution, _ in zip(puzzle.solutions(counter), range(3))]
        print(f"{name}: {len(found)} found, guessed {counter[0] > 0}, propagated alone {puzzle.solved}")
        print(*found[:1], sep="\n")
        print(all(solution.check() for solution in found), len({str(s) for s in found}))
    except Contradiction as error:
        print(f"{name}: contradiction")
    except ValueError as error:
        print(f"{name}: {error}")
print(len(UNITS), sorted(map(len, PEERS.values()))[::80], len(PEERS["E5"]))
