"""pprint, reprlib, custom __repr__ and recursion, tables drawn from data."""
import io
import pprint
import reprlib
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace

record = {
    "name": "a long enough name to need some wrapping",
    "tags": ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota"],
    "size": {"width": 100, "height": 2000, "nested": {"deep": [1, 2, {"deeper": (1,)}], "set": {7}}},
    "empty": [[], {}, (), set(), ""],
    3: b"bytes which are also rather long, long enough to be split in several pieces of text",
}
record = {str(key): value for key, value in record.items()}
pprint.pprint(record, width=60)
pprint.pp(record["size"], depth=2, indent=2)
print(pprint.pformat({"z": 1, "a": 2}, sort_dicts=False), pprint.pformat({"z": 1, "a": 2}), pprint.pformat([1_000_000, 2], underscore_numbers=True))
pprint.pprint(record["tags"], width=40, compact=True)
pprint.pprint("words " * 20, width=50)
pprint.pprint([OrderedDict(a=1), Counter("aab"), deque([1, 2]), defaultdict(int, k=1), SimpleNamespace(x=1, y="two"), MappingProxyType({"m": 1}), ChainMap({"c": 1}), frozenset([1])], width=100)


@dataclass
class Leaf:
    name: str
    values: list = field(default_factory=lambda: list(range(12)))
    hidden: int = field(default=0, repr=False)


pprint.pprint([Leaf("first"), Leaf("second", ["x" * 30, "y" * 30])], width=70)
loop = [1]
loop.append({"self": loop})
print(pprint.isrecursive(loop), pprint.isreadable(loop), pprint.isreadable([1, "a"]), pprint.saferepr([1])[:3], "Recursion" in pprint.pformat(loop))
out = io.StringIO()
pprint.PrettyPrinter(indent=4, width=30, stream=out).pprint({"key": list(range(10)), "other": "value"})
print(out.getvalue(), end="")

print(reprlib.repr("x" * 100), reprlib.repr(list(range(20))), reprlib.repr({n: n for n in range(9)}), reprlib.repr(10**60), reprlib.repr([[[[[[[[1]]]]]]]]))
short = reprlib.Repr(maxlist=2, maxstring=12, maxlevel=2, maxdict=1)
print(short.repr([1, 2, 3]), short.repr("a fairly long string"), short.repr([[["deep"]]]), short.repr({"a": 1, "b": 2}), short.repr(Leaf("n", []))[:4])


class Tree:
    def __init__(self, value, *children):
        self.value, self.children = value, list(children)

    @reprlib.recursive_repr(fillvalue="<again>")
    def __repr__(self):
        return f"Tree({', '.join(map(repr, [self.value, *self.children]))})"

    def draw(self, indent="", last=True, top=True):
        yield indent + ("" if top else "└─ " if last else "├─ ") + str(self.value)
        deeper = indent + ("" if top else "   " if last else "│  ")
        for i, child in enumerate(self.children, 1):
            yield from child.draw(deeper, i == len(self.children), False)


tree = Tree("root", Tree("usr", Tree("bin"), Tree("lib", Tree("python"))), Tree("etc"), Tree("var", Tree("log")))
print(tree)
print("\n".join(tree.draw()))
tree.children[1].children.append(tree)
print(tree.children[1])


def table(rows, *, align=None, title=None):
    head, *body = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *body)]
    align = align or ["<"] * len(head)
    line = "+".join(["", *("-" * (w + 2) for w in widths), ""])

    def show(row):
        return "|".join(["", *(f" {cell:{side}{width}} " for cell, side, width in zip(row, align, widths)), ""])

    if title:
        yield f"{title:^{len(line)}}".rstrip()
    yield from (line, show(head), line.replace("-", "="), *map(show, body), line)


print(*table([["item", "n", "price"], ["fig", 12, 0.5], ["walnut", 3, 12.25]], align="<^>", title="Stock"), sep="\n")
bars = Counter({"mon": 3, "tue": 11, "wed": 7})
print(*(f"{day} {'█' * n}{'░' * (12 - n)} {n / bars.total():>6.1%}" for day, n in bars.items()), sep="\n")
