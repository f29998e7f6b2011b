"""A tiny command line application, run as a package."""
import importlib
import pkgutil

from . import commands

__version__ = "none"


def load():
    """All commands found in the sub-package, by name."""
    table = {}
    for info in pkgutil.iter_modules(commands.__path__):
        if not info.name.startswith("_"):
            table[info.name] = importlib.import_module(f"{commands.__name__}.{info.name}").run
    return dict(sorted(table.items()))
