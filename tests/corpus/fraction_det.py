"""Exact linear algebra over Fraction: determinant, inverse, solving."""
from fractions import Fraction
from math import gcd


class Matrix:
    def __init__(self, rows):
        self.rows = [[Fraction(cell) for cell in row] for row in rows]
        if len({len(row) for row in self.rows}) != 1:
            raise ValueError("ragged matrix")

    @classmethod
    def identity(cls, size):
        return cls([[int(i == j) for j in range(size)] for i in range(size)])

    @classmethod
    def hilbert(cls, size):
        return cls([[Fraction(1, i + j + 1) for j in range(size)] for i in range(size)])

    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])

    def __matmul__(self, other):
        columns = list(zip(*other.rows))
        return Matrix([[sum(a * b for a, b in zip(row, column)) for column in columns] for row in self.rows])

    def __eq__(self, other):
        return isinstance(other, Matrix) and self.rows == other.rows

    def __str__(self):
        cells = [[str(cell) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*cells)]
        return "\n".join("[ " + "  ".join(c.rjust(w) for c, w in zip(row, widths)) + " ]" for row in cells)

    def reduced(self):
        """Gauss-Jordan elimination; returns (reduced rows, determinant factor, pivots)."""
        rows = [row[:] for row in self.rows]
        height, width = self.shape
        factor, pivots, top = Fraction(1), [], 0
        for column in range(width):
            pivot = next((r for r in range(top, height) if rows[r][column]), None)
            if pivot is None:
                continue
            if pivot != top:
                rows[top], rows[pivot] = rows[pivot], rows[top]
                factor = -factor
            lead = rows[top][column]
            factor *= lead
            rows[top] = [cell / lead for cell in rows[top]]
            for r in range(height):
                if r != top and (scale := rows[r][column]):
                    rows[r] = [cell - scale * base for cell, base in zip(rows[r], rows[top])]
            pivots.append(column)
            top += 1
            if top == height:
                break
        return rows, factor, pivots

    def determinant(self):
        _, factor, pivots = self.reduced()
        return factor if len(pivots) == len(self.rows) else Fraction(0)

    def inverse(self):
        size = len(self.rows)
        wide = Matrix([row + unit for row, unit in zip(self.rows, Matrix.identity(size).rows)])
        rows, _, pivots = wide.reduced()
        if pivots != list(range(size)):
            raise ZeroDivisionError("singular matrix")
        return Matrix([row[size:] for row in rows])


m = Matrix([[2, 0, "1/3"], [-1, 3, 0.5], [4, 1, 1]])
print(m, "det", m.determinant(), sep="\n")
print(m.inverse())
print(m @ m.inverse() == Matrix.identity(3), Matrix([[1, 2], [2, 4]]).determinant(), (m @ m).determinant())
for size in range(1, 6):
    print(size, 1 / Matrix.hilbert(size).determinant())
print(Matrix.hilbert(3).inverse())
try:
    Matrix([[1, 2], [2, 4]]).inverse()
except ZeroDivisionError as error:
    print("error:", error)

f = Fraction
print(f("-3/12"), f("0.125"), f(0.1).limit_denominator(100), f(7, -21), f("1e-3"), repr(f(3)))
print(f(7, 3) // 1, f(-7, 3) % 1, divmod(f(7, 2), f(2, 3)), round(f(7, 2)), round(f(22, 7), 3), int(f(-9, 4)))
print(f(2, 3) ** 3, f(4, 9) ** 0.5, 2 ** f(3), f(1, 3) + 0.5, f(1, 2) == 0.5, f(1, 3) < 0.3334, abs(f(-1, 5)))
print(f(355, 113).numerator, gcd(84, 36), f"{f(22, 7):.4f}", f.from_float(0.75), f(5, 4).as_integer_ratio())


def egyptian(value):
    while value:
        unit = f(1, -(-value.denominator // value.numerator))
        yield unit
        value -= unit


print(" + ".join(map(str, egyptian(f(7, 15)))), "|", " + ".join(map(str, egyptian(f(4, 13)))))
