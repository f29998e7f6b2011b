"""importlib.resources and pkgutil.get_data on a package with data files."""
import csv
import json
import pkgutil
from contextlib import ExitStack
from importlib import resources

import import_resources_pkg

root = resources.files("import_resources_pkg")
print(root.name, root.is_dir(), resources.files(import_resources_pkg).name)
print(import_resources_pkg.load("greeting.txt").splitlines())


def tree(node, depth=0):
    for child in sorted(node.iterdir(), key=lambda c: (c.is_file(), c.name)):
        if child.name == "__pycache__" or child.name.endswith((".pyc", ".py")):
            continue
        print("  " * depth + child.name + ("/" if child.is_dir() else ""))
        if child.is_dir():
            tree(child, depth + 1)


tree(root)
with root.joinpath("data", "table.csv").open(encoding="utf-8", newline="") as handle:
    print(list(csv.DictReader(handle)))
print(json.loads((root / "data" / "deep" / "config.json").read_bytes())["deep"][2]["k"])
print((root / "data/blob.bin").read_bytes(), pkgutil.get_data("import_resources_pkg", "data/blob.bin").hex())

with ExitStack() as stack:
    paths = [stack.enter_context(resources.as_file(root / name)) for name in ("greeting.txt", "data/table.csv")]
    for path in paths:
        print(path.name, path.stat().st_size, path.suffix)

for missing in ("nothing.txt", "data/none/x"):
    try:
        root.joinpath(missing).read_text(encoding="utf-8")
    except OSError as error:
        print(type(error).__name__)
try:
    pkgutil.get_data("import_resources_pkg", "absent.bin")
except OSError as error:
    print(type(error).__name__)
try:
    resources.files("import_resources_no_such_package")
except ModuleNotFoundError as error:
    print(type(error).__name__, error.name)

spec = import_resources_pkg.__spec__
print(spec.name, spec.loader.is_package("import_resources_pkg"), "def load" in spec.loader.get_source("import_resources_pkg"), spec.has_location)
print((root / "greeting.txt").is_file(), (root / "data").is_file(), (root / "none").is_file())
