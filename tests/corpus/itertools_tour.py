"""Every building block of itertools, then recipes made from them."""
import itertools as it
import operator
from collections import deque

print(list(it.accumulate([3, 1, 4, 1, 5])), list(it.accumulate([3, 1, 4, 1, 5], max, initial=2)))
print(list(it.batched("ABCDEFG", 3)), list(it.chain("ab", [1], {"k": 0})))
print(["".join(c) for c in it.combinations("ABCD", 2)], len(list(it.combinations(range(8), 4))))
print(list(it.combinations_with_replacement("xy", 2)), list(it.compress("abcdef", [1, 0, 1, 0, 1])))
print(list(it.islice(it.count(2.5, 0.5), 4)), list(it.islice(it.cycle("ab"), 5)))
print(list(it.dropwhile(str.isdigit, "12a3")), list(it.takewhile(str.isdigit, "12a3")), list(it.filterfalse(None, [0, 1, "", "x"])))
print([(key, "".join(group)) for key, group in it.groupby("aaabbaccc")])
print(list(it.pairwise("abcd")), ["".join(p) for p in it.permutations("abc")][:4], len(list(it.permutations(range(5), 3))))
print(["".join(p) for p in it.product("ab", repeat=3)][2:5], list(it.product([1, 2], "x")))
print(list(it.repeat("z", 3)), list(it.starmap(pow, [(2, 5), (3, 2)])), list(it.zip_longest("ab", "xyz", fillvalue="-")))
print(list(it.islice("abcdefgh", 1, None, 3)), list(it.islice(iter(int, 1), 2)))
left, right = it.tee(iter(range(4)))
next(left)
print(list(zip(left, right)), list(right))


def window(items, size):
    copies = it.tee(items, size)
    return zip(*(it.islice(copy, skip, None) for skip, copy in enumerate(copies)))


def unique(items, key=None):
    seen = set()
    for item in items:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def round_robin(*iterables):
    turns = deque(map(iter, iterables))
    while turns:
        current = turns.popleft()
        for item in current:
            yield item
            turns.append(current)
            break


def partition(test, items):
    first, second = it.tee(items)
    return list(it.filterfalse(test, first)), list(filter(test, second))


def sieve(limit):
    flags = bytearray([1]) * limit
    flags[:2] = b"\0\0"
    for n in range(2, int(limit**0.5) + 1):
        if flags[n]:
            flags[n * n :: n] = bytes(len(range(n * n, limit, n)))
    return it.compress(it.count(), flags)


print(list(window("abcde", 3)), "".join(unique("AbraCadabra", str.lower)))
print("".join(round_robin("abc", "D", "ef")), partition(lambda n: n % 3, range(7)))
print(list(sieve(60)), sum(sieve(1000)))
print(list(it.chain.from_iterable(it.repeat(n, n) for n in range(4))))

rows = [("fruit", "fig", 3), ("fruit", "pear", 5), ("nut", "hazel", 2), ("fruit", "plum", 1)]
for kind, group in it.groupby(sorted(rows), operator.itemgetter(0)):
    names, counts = zip(*((name, count) for _, name, count in group))
    print(kind, names, sum(counts))

polynomial = [2, -3, 0, 5]
print(deque(it.accumulate(polynomial, lambda acc, c: acc * 2 + c), maxlen=1).pop())
print(sum(map(operator.mul, [1, 2, 3], it.count(10))), all(a < b for a, b in it.pairwise([1, 2, 9])))
print(max(it.accumulate([2, -5, 4, -1, 3, -9, 2], lambda best, n: max(n, best + n))))
try:
    list(zip("ab", "abc", strict=True))
except ValueError as error:
    print(type(error).__name__)
counter = it.count()
print(list(zip("xyz", counter)), next(counter), repr(counter), repr(it.repeat(1, 2)))
