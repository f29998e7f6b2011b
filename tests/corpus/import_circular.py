"""Circular imports: what works, what does not, and in which order modules run."""
import sys

import import_circular_pkg
from import_circular_pkg import Zoo, animal

for entry in import_circular_pkg.log:
    print(entry)
zoo = Zoo("Basel", "ibex", "lynx")
Zoo("Oslo", "elk")
print(zoo.animals[1].home(), Zoo.all[1].animals[0].home(), animal.zoo.Zoo is Zoo)

try:
    import import_circular_pkg.bad_one
except ImportError as error:
    print(type(error).__name__, error.name)
print("import_circular_pkg.bad_one" in sys.modules, "import_circular_pkg.bad_two" in sys.modules, hasattr(import_circular_pkg, "bad_one"))

from import_circular_pkg.lazy import even

print("import_circular_pkg.lazy_other" in sys.modules, even(10), even(7), "import_circular_pkg.lazy_other" in sys.modules)

if __name__ == "__main__":
    # The main program imported again under its own name runs a second time.
    import import_circular as twin

    print(twin is sys.modules["__main__"], twin.__name__, twin.Zoo is Zoo, len(Zoo.all))
