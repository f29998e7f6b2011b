"""Weak references, proxies and weak containers, with explicit collection."""
import gc
import weakref

log = []


class Resource:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(f"del {self.name}")

    def greet(self):
        return f"I am {self.name}"


def flush(label):
    gc.collect()
    print(f"{label}: {', '.join(log) or '-'}")
    log.clear()


a = Resource("a")
reference = weakref.ref(a, lambda ref: log.append(f"callback {ref is reference}"))
print(reference() is a, reference().greet(), weakref.getweakrefcount(a), reference == weakref.ref(a))
other = a
del a
flush("still held")
del other
flush("released")
print(reference() is None)

b = Resource("b")
proxy = weakref.proxy(b)
print(proxy.name, proxy.greet(), isinstance(proxy, Resource))
proxy.name = "b2"
b = None
flush("replaced")
try:
    proxy.name
except ReferenceError as error:
    print(type(error).__name__)

cache = weakref.WeakValueDictionary()
keep = cache["kept"] = Resource("kept")
cache["lost"] = Resource("lost")
flush("weak values")
print(sorted(cache), "lost" in cache, cache.get("lost"), len(cache))

notes = weakref.WeakKeyDictionary({keep: "note"})
temporary = Resource("temporary")
notes[temporary] = "gone soon"
print(len(notes), notes[keep])
del temporary
flush("weak keys")
print(len(notes), [key.name for key in notes])


class Subject:
    def __init__(self):
        self.observers = weakref.WeakSet()

    def notify(self, message):
        return sorted(observer.greet() + message for observer in self.observers)


subject = Subject()
one, two = Resource("one"), Resource("two")
subject.observers.update([one, two])
print(subject.notify("!"))
del one
flush("observer left")
print(subject.notify("?"), len(subject.observers))
keep = notes = None
gc.collect()
print(log, sorted(cache))
log.clear()
