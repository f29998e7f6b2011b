import sys

from . import load
from .commands._store import Store


def main(argv):
    table = load()
    store = Store()
    status = 0
    for line in argv:
        name, *args = line.split()
        try:
            print(f"{name}:", table[name](store, *args))
        except KeyError:
            print(f"{name}: unknown; try {', '.join(table)}")
            status = 2
    return status


print("main is", __name__, "in", __package__, "with", len(sys.argv) - 1, "arguments")
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
