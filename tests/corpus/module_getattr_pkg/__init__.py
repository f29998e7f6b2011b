"""Loads its parts on first use, and answers for names it never defined."""
import importlib

_lazy = {"Engine": ".engine", "start": ".engine", "wheels": ".wheels"}
_renamed = {"Motor": "Engine"}
loads = []
__all__ = ["Engine", "wheels"]


def __getattr__(name):
    loads.append(name)
    if name in _renamed:
        return globals().get(_renamed[name]) or __getattr__(_renamed[name])
    if name.startswith("square_"):
        return int(name[7:]) ** 2
    if name in _lazy:
        module = importlib.import_module(_lazy[name], __name__)
        value = getattr(module, name, module)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__():
    return sorted(["loads", *_lazy, *_renamed])
