"""Packages: sub-packages, relative imports, star imports, importlib, pkgutil, reload."""
import importlib
import importlib.util
import pkgutil
import sys

import import_package_pkg as package
import import_package_pkg.shapes.solid.cube
from import_package_pkg import *
from import_package_pkg.shapes import NAME, _counted
from import_package_pkg.shapes.solid import cube as solid_cube

print(package.VERSION, VERSION, NAME, areas(2, 3), Square(5), package.volume(3), solid_cube.describe(2))
print(_counted, package.shapes._counted, package.shapes.flat._counted, "volume" in globals())
print(import_package_pkg.shapes.solid.cube is solid_cube, tools.text.where())
print(package.__name__, package.__package__, package.__doc__[:9], package.__spec__.submodule_search_locations is not None, hasattr(package.shapes.flat, "__path__"))

for info in pkgutil.walk_packages(package.__path__, "import_package_pkg."):
    print("  package" if info.ispkg else "  module", info.name)
print([name for _, name, _ in pkgutil.iter_modules(package.shapes.__path__)])

flat = importlib.import_module("import_package_pkg.shapes.flat")
same = importlib.import_module(".flat", "import_package_pkg.shapes")
upper = importlib.import_module("..tools.text", package="import_package_pkg.shapes")
print(flat is same is sys.modules["import_package_pkg.shapes.flat"], upper.shout("x"), flat.hidden)
print(sorted(name for name in sys.modules if name.startswith("import_package_pkg.")))

old = flat.Square
areas(1, 1, 1)
before = flat._counted
again = importlib.reload(flat)
print(before, flat._counted, again is flat, flat.Square is old, Square is old, isinstance(Square(1), flat.Square))

del sys.modules["import_package_pkg.tools.text"]
import import_package_pkg.tools.text as fresh

print(fresh is upper, package.tools.text is fresh, __import__("import_package_pkg.tools.text").__name__, __import__("import_package_pkg.tools", fromlist=["text"]).__name__)


def attempt(statement):
    try:
        exec(statement, {"__name__": "attempt", "__package__": ""})
    except ImportError as error:
        return type(error).__name__, error.name


for statement in ("import import_package_pkg.nothing", "from import_package_pkg import missing", "from import_package_pkg.shapes.flat import Cube", "import import_package_pkg.shapes.flat.deeper"):
    print(statement, "->", attempt(statement))
sys.modules["import_package_blocked"] = None
print(attempt("import import_package_blocked"), importlib.util.find_spec("import_package_pkg.tools").origin.endswith("__init__.py"), importlib.util.find_spec("import_package_none"))


def local_import():
    from import_package_pkg.tools.text import shout as local
    import os.path as p, json.decoder
    return local("in a function"), p.basename("a/b"), json.decoder.__name__


print(local_import(), "json" in globals())
module = type(sys)("made_by_hand", "its doc")
exec("def f(): return __name__", vars(module))
sys.modules["made_by_hand"] = module
import made_by_hand

print(made_by_hand.f(), made_by_hand.__doc__, made_by_hand is module)
