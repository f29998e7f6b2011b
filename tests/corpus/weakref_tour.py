"""Weak references, finalizers, weak containers and __del__, with explicit collection."""
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

method = weakref.WeakMethod(two.greet)
print(method()(), method() == two.greet)
finalizer = weakref.finalize(two, log.append, "finalized two")
print(finalizer.alive, finalizer.peek() is not None)
del two
flush("method target")
print(method(), finalizer.alive, finalizer())


class Node:
    def __init__(self, name, parent=None):
        self.name, self.children = name, []
        self._parent = weakref.ref(parent) if parent else None
        if parent:
            parent.children.append(self)

    @property
    def parent(self):
        return self._parent and self._parent()

    def path(self):
        return (self.parent.path() if self.parent else "") + "/" + self.name


root = Node("root")
leaf = Node("leaf", Node("branch", root))
print(leaf.path(), leaf.parent.parent is root)
del root
gc.collect()
print(leaf.path(), leaf.parent)


def scope():
    local = Resource("local")
    log.append("in scope")
    return local.name


scope()
flush("scope")
left, right = Resource("left"), Resource("right")
left.other, right.other = right, left
watch = weakref.ref(left)
del left, right
gc.collect()
print("cycle collected:", watch() is None, sorted(log))
log.clear()
for unsupported in (5, "text", (1,), [1]):
    try:
        weakref.ref(unsupported)
    except TypeError as error:
        print(type(error).__name__, end=" ")
print(weakref.ref(frozenset)() is frozenset, callable(weakref.ref(Resource)))
keep = notes = None
gc.collect()
print(log, sorted(cache))
log.clear()
