"""Runs a package through its __main__ module, and scripts through runpy."""
import runpy
import sys
from pathlib import Path

LIB = Path(__file__).resolve().parent / "lib_package_main"
sys.path.insert(0, str(LIB))


def run(*arguments):
    saved, sys.argv = sys.argv, ["ledger", *arguments]
    try:
        runpy.run_module("ledger", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        return stop.code
    finally:
        sys.argv = saved


print("status", run("add ana 5", "add bo 7", "add ana -2", "show"))
print("status", run("add x 1", "drop x"))

names = runpy.run_module("ledger.__main__", run_name="other")
print(sorted(name for name in names if not name.startswith("_")), callable(names["main"]))
print(names["main"](["show"]), "ledger.commands.add" in sys.modules)

space = runpy.run_path(str(LIB / "script.py"), {"start": 40}, "scripted")
print(space["total"], space["where"], space["helper"].__module__)
space = runpy.run_path(str(LIB / "script.py"), init_globals={"start": 0}, run_name="__main__")
print(space["where"], __name__)

for missing in ("ledger.nothing", "no_such_ledger", "ledger.commands"):
    try:
        runpy.run_module(missing)
    except ImportError as error:
        print(type(error).__name__)
try:
    runpy.run_path(str(LIB / "script.py"))
except NameError as error:
    print(type(error).__name__, error.name)

import ledger

print(list(ledger.load()), ledger.__name__)
sys.exit(names["main"](["bad"]) + 1)
