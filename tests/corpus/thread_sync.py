"""Locks, conditions, semaphores, barriers, events, queues, thread locals."""
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

gate = threading.Semaphore(2)
inside, peak, guard = 0, 0, threading.Lock()
barrier = threading.Barrier(3, action=lambda: meetings.append("met"))
meetings = []


def visitor():
    global inside, peak
    with gate:
        with guard:
            inside += 1
            peak = max(peak, inside)
        with guard:
            inside -= 1


print(run_all([(visitor,)] * 8), inside, peak <= 2)
print(run_all([(barrier.wait,)] * 3), meetings, barrier.broken)

started, finish, order = threading.Event(), threading.Event(), []


def follower():
    started.set()
    finish.wait(10)
    order.append("follower")


thread = threading.Thread(target=follower, name="follow", daemon=True)
thread.start()
started.wait(10)
order.append("main")
finish.set()
thread.join()
print(order, thread.name, thread.daemon, thread.is_alive(), threading.current_thread() is threading.main_thread())

box = threading.local()
box.value = "main"
seen = []


def private():
    seen.append(hasattr(box, "value"))
    box.value = "other"


run_all([(private,)])
print(seen, box.value)
lock = threading.Lock()
print(lock.acquire(), lock.acquire(blocking=False), lock.locked(), lock.release(), lock.acquire(timeout=0.01))
timer = threading.Timer(0.001, order.append, ["timer"])
timer.start()
timer.join()
late = threading.Timer(60, print)
late.start()
late.cancel()
late.join()
print(order[-1], threading.active_count())

failures = []
threading.excepthook = lambda args: failures.append((args.exc_type.__name__, str(args.exc_value)))
run_all([(int, "seven")])
print(failures[0][0], len(failures))
