"""Namespace packages spread over folders, sys.path changes, and a plug-in finder."""
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import pkgutil
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent / "lib_import_namespace"
sys.path += [str(BASE / "first"), str(BASE / "second")]

import spread
import spread.inner.leaf
from spread import alpha, beta

print(spread.__name__, spread.__doc__, getattr(spread, "__file__", None), [Path(p).parent.name for p in spread.__path__])
print(alpha.WHERE, beta.WHERE, beta.both(), spread.inner.leaf.DEEP, alpha.inner is spread.inner)
print(sorted(m.name for m in pkgutil.iter_modules(spread.__path__)), spread.__spec__.loader is None or "Namespace" in type(spread.__spec__.loader).__name__, spread.__spec__.origin)


def plugins(folder):
    for info in pkgutil.iter_modules([str(folder)], prefix="ext."):
        location = folder / info.name.removeprefix("ext.") / "__init__.py"
        spec = importlib.util.spec_from_file_location(info.name, location, submodule_search_locations=[str(location.parent)])
        module = importlib.util.module_from_spec(spec)
        sys.modules[info.name] = module
        spec.loader.exec_module(module)
        yield module


found = sorted(plugins(BASE / "plugins"), key=lambda module: module.PRIORITY)
value = 1
for module in found:
    value = module.run(value)
print([module.__name__ for module in found], value)


class Virtual(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves modules from a dictionary of sources."""

    sources = {
        "virtual": "from virtual.sub import name\nprint('running', __name__)\n__path__ = []\n",
        "virtual_calc": "def add(a, b):\n    return a + b\n\nresult = add(2, 3)\n",
        "virtual_broken": "1 / 0\n",
    }

    def __init__(self):
        self.asked = []

    def find_spec(self, name, path, target=None):
        if not name.startswith("virtual"):
            return None
        self.asked.append(name)
        if name in self.sources:
            return importlib.machinery.ModuleSpec(name, self, origin="memory")
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile(self.sources[module.__name__], f"<{module.__name__}>", "exec"), module.__dict__)


finder = Virtual()
sys.meta_path.insert(0, finder)
import virtual_calc

print(virtual_calc.result, virtual_calc.__spec__.origin, virtual_calc.__loader__ is finder, finder.asked)
for name in ("virtual_broken", "virtual_missing", "virtual"):
    try:
        importlib.import_module(name)
    except (ImportError, ArithmeticError) as error:
        print(name, type(error).__name__, name in sys.modules)
sys.meta_path.remove(finder)
print(finder.asked[1:], importlib.util.find_spec("virtual_other"))


class Upper(importlib.machinery.SourceFileLoader):
    """Changes the source before it is compiled."""

    def get_data(self, path):
        data = super().get_data(path)
        return data.replace(b'"first"', b'"CHANGED"') if path.endswith(".py") else data

    def path_stats(self, path):
        raise OSError("never use a cached file")


spec = importlib.util.spec_from_loader("spread.altered", Upper("spread.altered", str(BASE / "first" / "spread" / "alpha.py")))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.WHERE, module.__name__, module.__package__, module.inner is alpha.inner)
source = importlib.util.decode_source(b"# coding: latin-1\nx = '\xe9'\n")
print(repr(source), importlib.util.resolve_name("..x", "a.b.c"))
