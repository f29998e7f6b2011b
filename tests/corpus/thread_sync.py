"""Locks, conditions, and queues between threads."""
import queue
import threading

N = 5


def run_all(targets):
    threads = [threading.Thread(target=target, args=args) for target, *args in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return not any(thread.is_alive() for thread in threads)


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.RLock()

    def add(self, amount):
        with self.lock:
            for _ in range(amount):
                with self.lock:
                    self.value += 1


counter = Counter()
print(run_all([(counter.add, 200)] * N), counter.value)


class BoundedBuffer:
    def __init__(self, size):
        self.items, self.size, self.peak = [], size, 0
        self.changed = threading.Condition()

    def put(self, item):
        with self.changed:
            self.changed.wait_for(lambda: len(self.items) < self.size)
            self.items.append(item)
            self.peak = max(self.peak, len(self.items))
            self.changed.notify_all()

    def get(self):
        with self.changed:
            while not self.items:
                self.changed.wait()
            item = self.items.pop(0)
            self.changed.notify_all()
            return item


buffer, received = BoundedBuffer(2), []
print(run_all([(lambda: [buffer.put(n) for n in range(20)],), (lambda: received.extend(buffer.get() for _ in range(20)),)]))
print(received == list(range(20)), buffer.peak <= 2)

jobs, results = queue.Queue(), queue.Queue()


def work():
    while (job := jobs.get()) is not None:
        results.put((job, job**2))
        jobs.task_done()
    jobs.task_done()


for n in range(12):
    jobs.put(n)
for _ in range(3):
    jobs.put(None)
print(run_all([(work,)] * 3), sorted(results.get() for _ in range(12))[-2:], jobs.empty())
jobs.join()

ranked = queue.PriorityQueue()
for item in ((2, "b"), (1, "z"), (2, "a")):
    ranked.put(item)
print([ranked.get()[1] for _ in range(3)])
try:
    ranked.get_nowait()
except queue.Empty as error:
    print(type(error).__name__)
try:
    full = queue.Queue(1)
    full.put(1)
    full.put(2, timeout=0.001)
except queue.Full as error:
    print(type(error).__name__)
