"""concurrent.futures: map, submit, callbacks, exceptions, cancellation, waiting."""
import threading
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, as_completed, wait


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def risky(n):
    if n % 3 == 0:
        raise ValueError(f"{n} is a multiple of three")
    return n * 10


class Gate:
    """Holds the only worker so that later jobs stay queued."""

    def __init__(self):
        self.entered, self.release = threading.Event(), threading.Event()

    def __call__(self):
        self.entered.set()
        return self.release.wait(10)


with ThreadPoolExecutor(max_workers=4) as pool:
    lengths = list(pool.map(collatz, range(1, 40)))
    print(max(lengths), lengths.index(max(lengths)) + 1, lengths[:8])
    print(list(pool.map(pow, [2, 3, 4], [5, 2, 1])))

    jobs = {pool.submit(risky, n): n for n in range(1, 7)}
    outcomes = {}
    for future in as_completed(jobs):
        error = future.exception()
        outcomes[jobs[future]] = future.result() if error is None else f"{type(error).__name__}: {error}"
    for n in sorted(outcomes):
        print(n, outcomes[n])

    results = pool.map(risky, [1, 2, 3, 4])
    try:
        for value in results:
            print("mapped", value)
    except ValueError as error:
        print("stopped by", error)

calls = []
gate = Gate()
with ThreadPoolExecutor(1, thread_name_prefix="solo") as pool:
    blocker = pool.submit(gate)
    gate.entered.wait(10)
    queued = [pool.submit(calls.append, n) for n in range(4)]
    print(blocker.running(), blocker.cancel(), queued[1].cancel(), queued[1].cancelled(), queued[0].done())
    queued[2].add_done_callback(lambda f: calls.append("callback"))
    done, waiting = wait([blocker, queued[1]], timeout=0.01, return_when=FIRST_COMPLETED)
    print(len(done), len(waiting))
    gate.release.set()
    name = pool.submit(lambda: threading.current_thread().name.startswith("solo")).result()
print(calls, name, blocker.result())
try:
    queued[1].result()
except CancelledError as error:
    print(type(error).__name__)
try:
    pool.submit(print)
except RuntimeError as error:
    print(type(error).__name__, "after shutdown")

future = Future()
future.set_running_or_notify_cancel()
future.add_done_callback(lambda f: print("done with", f.result()))
future.set_result("a value set by hand")
try:
    Future().result(timeout=0)
except TimeoutError as error:
    print(type(error).__name__)


def parallel_sum(values, pieces=4):
    size = -(-len(values) // pieces)
    with ThreadPoolExecutor(pieces) as pool:
        parts = [pool.submit(sum, values[i : i + size]) for i in range(0, len(values), size)]
        return sum(part.result() for part in parts)


print(parallel_sum(range(10_001)), parallel_sum([5]))

local = threading.local()


def initialise(value):
    local.value = value


with ThreadPoolExecutor(2, initializer=initialise, initargs=("ready",)) as pool:
    print(set(pool.map(lambda _: local.value, range(6))), hasattr(local, "value"))
