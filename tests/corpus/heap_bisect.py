"""Priority queues and sorted lists: scheduling, merging, running median, ranges."""
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
