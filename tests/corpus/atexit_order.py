"""Exit handlers run last in, first out; with arguments; after the main program."""
import atexit
import sys
import threading
import weakref

events = []


def say(*words, **options):
    print("exit:", *words, *(f"{key}={value}" for key, value in sorted(options.items())))


@atexit.register
def first():
    """Registered first, so it runs last."""
    say("first", len(events), "events")
    print("done", flush=True)


atexit.register(say, "second", 2, mode="keyword")
again = atexit.register(say, "twice")
atexit.register(say, "twice")
atexit.register(events.append, "silent")


class Resource:
    def __init__(self, name):
        self.name = name
        self.handle = atexit.register(self.close)

    def close(self):
        say("closing", self.name)
        events.append(self.name)


class Temp:
    def __init__(self, name):
        self.finalizer = weakref.finalize(self, say, "finalized", name)

    def remove(self):
        self.finalizer()


@atexit.register
def late():
    say("late sees", events)


resources = [Resource(name) for name in ("db", "net")]
atexit.unregister(resources[0].handle)

kept, removed = Temp("kept"), Temp("removed")
removed.remove()
removed.remove()
print(again is say, kept.finalizer.alive, removed.finalizer.alive)


def unwanted():
    print("never")


atexit.register(unwanted)
atexit.register(unwanted)
atexit.unregister(unwanted)

thread = threading.Thread(target=lambda: events.append("thread"))
thread.start()
thread.join()
print("main ends with", events, len(sys.argv))
