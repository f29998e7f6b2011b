"""Events: subscribing, priorities, wild cards, once, vetoes, watched properties."""
import weakref

from lib_event_system.bus import Bus


class Property:
    """A descriptor which announces changes on the owner's bus."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return instance.__dict__.get(self.name) if instance else self

    def __set__(self, instance, value):
        old, instance.__dict__[self.name] = self.__get__(instance, type(instance)), value
        if old != value:
            instance.bus.emit(f"changed.{self.name}", who=instance, old=old, new=value)


class Account:
    owner, balance = Property(), Property()

    def __init__(self, bus, owner):
        self.bus = bus
        self.owner, self.balance = owner, 0


class Watcher:
    def __init__(self, bus):
        self.seen = []
        target = weakref.WeakMethod(self.note)
        bus.on("changed.*", lambda event: (method := target()) and method(event))

    def note(self, event):
        self.seen.append((event.name.split(".")[1], event.old, event.new))


bus = Bus()


@bus.on("start", priority=-1)
def last(event):
    print("  last sees", event.data)


@bus.on("st*")
def middle(event):
    event.data["count"] = event.data.get("count", 0) + 1


bus.on("start", lambda event: print("  once:", event.name), priority=5, once=True)
print(bus.emit("start", who="ana").trail)
print(bus.emit("start").trail, bus.emit("stop", count=4).count, bus.emit("other").trail)


@bus.on("withdraw", priority=10)
def veto(event):
    return event.amount <= 100


@bus.on("withdraw")
def perform(event):
    event.data["left"] = 100 - event.amount


print([(e.stopped, e.data, e.trail) for e in (bus.emit("withdraw", amount=n) for n in (30, 300))])
print(bus.emit("withdraw").trail, bus.errors)
watcher, remove = Watcher(bus), bus.on("changed.balance", lambda e: print("  balance", e.old, "->", e.new))
account = Account(bus, "bo")
account.balance += 5
account.balance += 0
remove()
account.balance, account.owner = 9, "cy"
print(watcher.seen, account.balance, Account.balance.name, len(bus.handlers))
