"""Priority queues and sorted lists: scheduling, merging, running median, ranges."""
import bisect
import heapq
import itertools
from dataclasses import dataclass, field


@dataclass(order=True)
class Task:
    due: int
    order: int
    name: str = field(compare=False)
    dead: bool = field(default=False, compare=False)


class Scheduler:
    """A heap with lazy deletion, and ties broken by insertion."""

    def __init__(self):
        self.heap, self.entries, self.counter = [], {}, itertools.count()

    def add(self, name, due):
        if name in self.entries:
            self.entries[name].dead = True
        task = self.entries[name] = Task(due, next(self.counter), name)
        heapq.heappush(self.heap, task)

    def cancel(self, name):
        self.entries.pop(name).dead = True

    def __iter__(self):
        while self.heap:
            task = heapq.heappop(self.heap)
            if not task.dead:
                del self.entries[task.name]
                yield task.due, task.name


plan = Scheduler()
for due, name in ((5, "lunch"), (1, "wake"), (3, "mail"), (3, "tea"), (9, "sleep")):
    plan.add(name, due)
plan.add("mail", 6)
plan.cancel("tea")
print(list(plan), len(plan.entries))

heap = [9, 4, 7, 1, 8, 2]
heapq.heapify(heap)
print(heap[0], heapq.heappushpop(heap, 0), heapq.heapreplace(heap, 5), [heapq.heappop(heap) for _ in range(len(heap))])
words = "kiwi fig banana apple date".split()
print(heapq.nlargest(2, words, key=len), heapq.nsmallest(3, words), list(heapq.merge([1, 4, 9], [2, 4], [0])))
print(list(heapq.merge(["dd", "b"], ["ccc", "a"], key=len, reverse=True)), heapq.nsmallest(0, [1]), heapq.nlargest(9, [1, 3, 2]))


class RunningMedian:
    def __init__(self):
        self.low, self.high = [], []

    def push(self, value):
        heapq.heappush(self.low, -heapq.heappushpop(self.high, value))
        if len(self.low) > len(self.high):
            heapq.heappush(self.high, -heapq.heappop(self.low))
        return self.high[0] if len(self.high) > len(self.low) else (self.high[0] - self.low[0]) / 2


median = RunningMedian()
print([median.push(v) for v in (5, 2, 8, 1, 9, 9, 3)])

scores = [33, 99, 77, 70, 89, 90, 100, 60]
print("".join("FDCBA"[bisect.bisect([60, 70, 80, 90], score)] for score in scores))
ordered = []
for score in scores:
    bisect.insort(ordered, score)
print(ordered, bisect.bisect_left(ordered, 77), bisect.bisect_right(ordered, 77), bisect.bisect_left(ordered, 78, lo=2, hi=4))
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
