"""Counter, deque, OrderedDict, defaultdict, ChainMap, namedtuple, UserDict."""
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, defaultdict, deque, namedtuple

votes = Counter("ana bo ana cy bo ana".split())
print(votes, votes.most_common(2), votes["nobody"], sorted(votes.elements()))
votes.subtract({"ana": 1, "cy": 5})
print(votes, +votes, -votes, votes.total())
a, b = Counter(x=3, y=1), Counter(x=1, y=2, z=1)
print(a + b, a - b, a & b, a | b, a <= a + b, a == Counter(y=1, x=3, w=0))

window = deque(maxlen=3)
for n in range(6):
    window.append(n)
    if len(window) == window.maxlen:
        print(list(window), sum(window), end="; ")
print(window)
line = deque("abcdef")
line.rotate(2)
line.extendleft("xy")
line.remove("c")
print("".join(line), line.popleft() + line.pop(), line.index("a"), line.count("z"), list(reversed(line)))
line.insert(1, "-")
del line[0]
print(line, deque([1, 2]) < deque([1, 3]), deque([1]) + deque([2]) * 2)
try:
    for item in line:
        line.append(item)
except RuntimeError as error:
    print(type(error).__name__)

order = OrderedDict.fromkeys("abcd")
order.move_to_end("b")
order.move_to_end("d", last=False)
print(list(order), order.popitem(last=False), list(reversed(order)))
print(OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) == dict(b=2, a=1))

groups = defaultdict(list, {"seed": [0]})
for word in "pear fig plum peach apple fennel".split():
    groups[word[0]].append(word)
print(dict(groups), "q" in groups, groups.get("q"), len(groups))
tree = lambda: defaultdict(tree)
taxonomy = tree()
taxonomy["animal"]["cat"]["name"] = "Tom"
taxonomy["animal"]["dog"]
print({key: list(value) for key, value in taxonomy.items()})

defaults, user = {"colour": "red", "size": 1}, {"size": 5}
settings = ChainMap(user, defaults)
scoped = settings.new_child({"temp": True})
scoped["colour"] = "blue"
print(scoped["colour"], settings["colour"], dict(scoped) == {"size": 5, "colour": "blue", "temp": True})
print(sorted(scoped), len(settings.maps), scoped.parents is settings, scoped.parents == settings)
try:
    del scoped["size"]
except KeyError as error:
    print(type(error).__name__)

Point = namedtuple("Point", "x y z", defaults=[0])
p = Point(1, y=2)
print(p, p._asdict(), p._replace(z=9), Point._make("abc"), Point._field_defaults, p == (1, 2, 0))
x, *rest = p
print(x, rest, p[-1], p.index(2), sorted([Point(2, 0), p, Point(1, 1)])[0])
Row = namedtuple("Row", ["id", "class", "id"], rename=True)
print(Row._fields, Row(1, 2, 3))


class Area(namedtuple("Area", "w h")):
    __slots__ = ()

    @property
    def size(self):
        return self.w * self.h


print(Area(3, 4).size, Area(3, 4) * 2, isinstance(Area(1, 1), tuple))


class Folded(UserDict):
    def __setitem__(self, key, value):
        super().__setitem__(key.casefold(), value)

    def __missing__(self, key):
        if key == key.casefold():
            raise KeyError(key)
        return self[key.casefold()]


folded = Folded({"Host": "a"}, PORT=80)
print(folded["HOST"], folded, folded | {"New": 1}, "Host" in folded)
numbers = UserList([3, 1, 2])
numbers.sort()
print(numbers + [4], numbers[1:], UserString("abc").upper() + "!", isinstance(UserString("x"), str))
