"""Semaphores, barriers, events, thread locals, timers, errors in threads."""
import threading


def run_all(targets):
    threads = [threading.Thread(target=target, args=args) for target, *args in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return not any(thread.is_alive() for thread in threads)


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
