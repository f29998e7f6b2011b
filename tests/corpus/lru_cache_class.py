"""Caches written by hand: LRU on a linked list, and time to live with a fake clock."""
from collections.abc import MutableMapping


class Link:
    __slots__ = ("key", "value", "before", "after")

    def __init__(self, key=None, value=None):
        self.key, self.value, self.before, self.after = key, value, self, self

    def unlink(self):
        self.before.after, self.after.before = self.after, self.before

    def insert_after(self, other):
        self.before, self.after = other, other.after
        other.after.before = other.after = self


class LRU(MutableMapping):
    """The newest link follows the root; the oldest precedes it."""

    def __init__(self, size):
        if size < 1:
            raise ValueError("size must be positive")
        self.size, self.table, self.root, self.hits, self.misses = size, {}, Link(), 0, 0

    def __getitem__(self, key):
        try:
            link = self.table[key]
        except KeyError:
            self.misses += 1
            raise
        self.hits += 1
        link.unlink()
        link.insert_after(self.root)
        return link.value

    def __setitem__(self, key, value):
        if key in self.table:
            link = self.table[key]
            link.unlink()
            link.value = value
        else:
            if len(self.table) == self.size:
                del self[self.root.before.key]
            link = self.table[key] = Link(key, value)
        link.insert_after(self.root)

    def __delitem__(self, key):
        self.table.pop(key).unlink()

    def __contains__(self, key):
        return key in self.table

    def __len__(self):
        return len(self.table)

    def __iter__(self):
        # A snapshot, because reading a value moves its link.
        keys, link = [], self.root.after
        while link is not self.root:
            keys.append(link.key)
            link = link.after
        return iter(keys)

    def __repr__(self):
        return f"LRU({', '.join(f'{k}={self.table[k].value}' for k in self)})"


class Expiring(LRU):
    def __init__(self, size, life, clock):
        super().__init__(size)
        self.life, self.clock = life, clock

    def __setitem__(self, key, value):
        super().__setitem__(key, (self.clock() + self.life, value))

    def __getitem__(self, key):
        deadline, value = super().__getitem__(key)
        if deadline <= self.clock():
            del self[key]
            raise KeyError(key)
        return value


cache = LRU(3)
cache.update(a=1, b=2, c=3)
print(cache, cache["a"], cache)
cache["d"] = 4
print(cache, "b" in cache, cache.get("b", "gone"), cache.setdefault("c", 0), cache.pop("a"), cache, cache.hits, cache.misses)
cache["d"] += 10
print(dict(cache), list(cache.values()), len(cache), cache.popitem(), cache == {"c": 3}, bool(LRU(1)))
cache.clear()
print(cache, list(cache), cache.root.after is cache.root)
now = [0]
fresh = Expiring(2, 10, lambda: now[0])
fresh["k"] = "v"
results = []
for now[0] in (5, 9, 10, 11):
    results.append(fresh.get("k", "expired"))
print(results, len(fresh))
try:
    LRU(0)
except ValueError as error:
    print(error)
