"""Sorted lists: grades, tables, ranges, Huffman codes, increasing subsequences."""
import bisect
import heapq
import itertools

winds = [3, 41, 0, 118, 62, 8, 25]
print([("calm", "breeze", "gale", "storm", "hurricane")[bisect.bisect([1, 30, 75, 117], wind)] for wind in winds])
ordered = []
for wind in winds:
    bisect.insort(ordered, wind)
print(ordered, bisect.bisect_left(ordered, 25), bisect.bisect_right(ordered, 25), bisect.bisect_left(ordered, 26, lo=2, hi=4))
table = [(1, "one"), (5, "five"), (9, "nine")]
print(table[bisect.bisect_right(table, 6, key=lambda row: row[0]) - 1])
bisect.insort(table, (7, "seven"), key=lambda row: row[0])
print([row[1] for row in table])


class Intervals:
    """Disjoint sorted half-open ranges."""

    def __init__(self):
        self.edges = []

    def add(self, start, stop):
        i, j = bisect.bisect_left(self.edges, start), bisect.bisect_right(self.edges, stop)
        self.edges[i:j] = [start] * (i % 2 == 0) + [stop] * (j % 2 == 0)

    def __contains__(self, point):
        return bisect.bisect_right(self.edges, point) % 2 == 1

    def __iter__(self):
        return iter(zip(self.edges[::2], self.edges[1::2]))


spans = Intervals()
for span in ((1, 3), (8, 10), (5, 6), (2, 5), (20, 30), (9, 12)):
    spans.add(*span)
    print(list(spans))
print([n for n in range(0, 32, 3) if n in spans])


def huffman(text):
    tie = itertools.count()
    heap = [(text.count(c), next(tie), c) for c in sorted(set(text))]
    heapq.heapify(heap)
    while len(heap) > 1:
        (n, _, a), (m, _, b) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (n + m, next(tie), (a, b)))
    codes = {}

    def walk(node, prefix):
        if isinstance(node, str):
            codes[node] = prefix or "0"
        else:
            for bit, child in zip("01", node):
                walk(child, prefix + bit)

    walk(heap[0][2], "")
    return codes


codes = huffman("abracadabra")
encoded = "".join(codes[c] for c in "abracadabra")
print(dict(sorted(codes.items())), len(encoded), encoded)


def longest_increasing(values):
    tails = []
    for value in values:
        spot = bisect.bisect_left(tails, value)
        tails[spot : spot + 1] = [value]
    return len(tails)


print(longest_increasing([10, 9, 2, 5, 3, 7, 101, 18]), longest_increasing([]), longest_increasing("bananas"))
