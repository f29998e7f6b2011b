"""Shallow and deep copies, cycles, hooks, identity and mutation."""
import copy
from copy import deepcopy

inner = [1, 2]
outer = {"a": inner, "b": inner, "t": (inner, 3), "f": frozenset([1])}
shallow, deep = copy.copy(outer), deepcopy(outer)
inner.append(3)
print(shallow["a"] is inner, deep["a"], deep["a"] is deep["b"], deep["t"][0] is deep["a"], deep["f"] is outer["f"], deep["t"] is outer["t"])

loop = [1]
loop.append(loop)
twin = deepcopy(loop)
print(twin[1] is twin, twin is not loop, len(twin))
plain = (1, "x", (2.5, None))
print(deepcopy(plain) is plain, copy.copy(plain) is plain, deepcopy(int) is int, deepcopy(len) is len, inner[:] == inner, inner.copy() is inner)


class Node:
    def __init__(self, value, parent=None):
        self.value, self.parent, self.children = value, parent, []
        if parent:
            parent.children.append(self)

    def walk(self):
        yield self.value
        for child in self.children:
            yield from child.walk()


root = Node("root")
left, right = Node("left", root), Node("right", root)
Node("leaf", left)
clone = deepcopy(root)
clone.children[0].children[0].value = "changed"
print(list(root.walk()), list(clone.walk()), clone.children[1].parent is clone, copy.copy(root).children is root.children)


class Counted:
    copies = 0

    def __init__(self, name, cache=None):
        self.name, self.cache = name, cache

    def __copy__(self):
        Counted.copies += 1
        return type(self)(self.name + "'")

    def __deepcopy__(self, memo):
        twin = type(self)(self.name + '"')
        memo[id(self)] = twin
        twin.cache = deepcopy(self.cache, memo)
        return twin

    def __repr__(self):
        return f"<{self.name} {self.cache}>"


c = Counted("c", [1])
print(copy.copy(c), deepcopy(c), deepcopy([c, c]), Counted.copies)
pair = deepcopy([c, c])
print(pair[0] is pair[1], pair[0].cache is not c.cache)


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __reduce__(self):
        return Point, (self.x, self.y)

    def __replace__(self, /, **changes):
        return Point(**{name: changes.get(name, getattr(self, name)) for name in self.__slots__})


p = Point([0], 1)
q, r = copy.copy(p), deepcopy(p)
print(q.x is p.x, r.x is p.x, r.x == p.x, p.__replace__(y=5).y, copy.replace(p, x=9).x)
