"""An event bus: ordered handlers, wild cards, vetoes, errors kept aside."""
import bisect
import fnmatch
import itertools
from dataclasses import dataclass, field
from typing import Any, Callable


@dataclass(order=True)
class Handler:
    rank: tuple
    function: Callable = field(compare=False)
    pattern: str = field(compare=False)
    once: bool = field(default=False, compare=False)


@dataclass
class Event:
    name: str
    data: dict[str, Any]
    stopped: bool = False
    trail: list = field(default_factory=list)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(f"{self.name} has no {name}") from None


class Bus:
    def __init__(self):
        self.handlers, self.order, self.errors = [], itertools.count(), []

    def on(self, pattern, function=None, *, priority=0, once=False):
        if function is None:
            return lambda f: self.on(pattern, f, priority=priority, once=once) and f
        handler = Handler((-priority, next(self.order)), function, pattern, once)
        bisect.insort(self.handlers, handler)
        return lambda: self.handlers.remove(handler)

    def emit(self, name, /, **data):
        event = Event(name, data)
        for handler in self.handlers[:]:
            if event.stopped:
                break
            if not fnmatch.fnmatchcase(name, handler.pattern):
                continue
            if handler.once:
                self.handlers.remove(handler)
            try:
                if handler.function(event) is False:
                    event.stopped = True
            except Exception as error:
                self.errors.append((name, type(error).__name__, str(error)))
            event.trail.append(getattr(handler.function, "__name__", "?"))
        return event
