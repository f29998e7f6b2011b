"""Operator overloading: vectors and matrices."""
from functools import reduce
from operator import matmul

from lib_vector_matrix.vector import Vector

v, w = Vector(3, 4), Vector(1, 2, 2)
print(v + w, v - w, (1, 1) + v, (9, 9) - v, 2 * v, v * 0.5, -v, v @ v, abs(v), abs(w), bool(Vector(0, 0)), v[0], w[1:])
print(f"{v:.2f} {w:>4}", round(Vector(1.234, 5.678), 1), v == Vector(3, 4), v == (3, 4), len({v, Vector(3, 4)}), w.z, w.zyx, sum([v, v], Vector()), hasattr(v, "w"))
for bad in (lambda: v + 1, lambda: v * v, lambda: v @ w, lambda: v.q, lambda: "s" * v):
    try:
        bad()
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, end=" ")
print()


class Matrix:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]

    @classmethod
    def rotation(cls, quarter_turns):
        c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarter_turns % 4]
        return cls([[c, -s], [s, c]])

    @property
    def T(self):
        return Matrix(zip(*self.rows))

    def __matmul__(self, other):
        if isinstance(other, Vector):
            return Vector(*(Vector(*row) @ other for row in self.rows))
        return Matrix([[sum(a * b for a, b in zip(row, column)) for column in zip(*other.rows)] for row in self.rows])

    def __rmatmul__(self, other):
        return self.T @ other

    def __imatmul__(self, other):
        self.rows = (self @ other).rows
        return self

    def __pow__(self, n, modulo=None):
        result, base = Matrix([[int(i == j) for j in range(len(self.rows))] for i in range(len(self.rows))]), self
        while n:
            if n & 1:
                result @= base
            base, n = base @ base, n >> 1
            if modulo:
                result, base = result % modulo, base % modulo
        return result

    def __mod__(self, modulo):
        return Matrix([[cell % modulo for cell in row] for row in self.rows])

    def __getitem__(self, key):
        match key:
            case int() as i, int() as j:
                return self.rows[i][j]
            case int() as i, slice() as cut:
                return self.rows[i][cut]
            case slice() as cut, int() as j:
                return [row[j] for row in self.rows[cut]]
            case slice() as one, slice() as two:
                return Matrix(row[two] for row in self.rows[one])
            case _:
                return self.rows[key]

    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value

    def __eq__(self, other):
        return self.rows == other.rows

    def __str__(self):
        return "; ".join(" ".join(map(str, row)) for row in self.rows)


m = Matrix([[1, 1], [1, 0]])
print(m**10, "|", pow(m, 1000, 10**9 + 7), "|", m @ v, v @ m, "|", m.T @ m)
print(Matrix.rotation(1) @ v, reduce(matmul, [Matrix.rotation(1)] * 4), Matrix.rotation(2) == Matrix.rotation(1) ** 2)
big = Matrix([range(i, i + 4) for i in range(0, 12, 4)])
big[0, -1] = 99
print(big, "|", big[1, 2], big[1, 1:3], big[:, 0], big[1:, :2], big[2])
