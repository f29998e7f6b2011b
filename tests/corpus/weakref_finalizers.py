"""Weak methods, finalizers, parents held weakly, __del__ and cycles."""
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


two = Resource("two")
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
