"""Hooks of copying, copies of subclasses, aliasing and augmented assignment."""
import copy
from copy import deepcopy


class Custom:
    def __init__(self):
        self.kept, self.lost = [1], object()

    def __getstate__(self):
        return {"kept": self.kept}

    def __setstate__(self, state):
        self.__dict__.update(state, restored=True)


custom = deepcopy(Custom())
print(vars(custom), vars(copy.copy(custom)))


class Listing(list):
    def __init__(self, *items, note=""):
        super().__init__(items)
        self.note = note


listing = Listing(1, [2], note="n")
again = deepcopy(listing)
print(again, again.note, type(again).__name__, again[1] is not listing[1], copy.copy(listing) == listing, type(listing[:]).__name__)
try:
    deepcopy(x for x in [])
except TypeError as error:
    print(type(error).__name__)

grid = [[0] * 3] * 2
grid[0][0] = 1
proper = [[0] * 3 for _ in range(2)]
proper[0][0] = 1
print(grid, proper, grid[0] is grid[1])
a = b = [1]
a += [2]
a = a + [3]
print(a, b)
t = ([1], 2)
try:
    t[0] += [9]
except TypeError as error:
    print(type(error).__name__, t)
d = {"k": 1}
e = d | {"z": 2}
d |= {"k": 5}
del e["k"]
print(d, e, dict(d) is d, {**d, "k": 0}, [*range(3), *"ab"])
m = deepcopy({"key": {1, 2}, (1, 2): bytearray(b"x")})
m[1, 2].append(33)
print(m[(1, 2)], sorted(m["key"]), [] == [], [1] != (1,))
