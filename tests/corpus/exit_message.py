"""SystemExit with a text: the text goes to stderr and the status is 1."""
import sys


class UsageError(SystemExit):
    def __init__(self, problem):
        super().__init__(f"convert: {problem}")


UNITS = {"km": 1000.0, "m": 1.0, "mile": 1609.344, "foot": 0.3048}


def convert(amount, source, target):
    try:
        return amount * UNITS[source] / UNITS[target]
    except KeyError as error:
        raise UsageError(f"unknown unit {error.args[0]}") from error


def run(line):
    words = line.split()
    match words:
        case [amount, source, "to", target]:
            print(f"{line} = {convert(float(amount), source, target):.3f}")
        case []:
            raise SystemExit
        case _:
            raise UsageError("expected AMOUNT UNIT to UNIT")


for line in ("5 km to mile", "100 foot to m", ""):
    try:
        run(line)
    except SystemExit as stop:
        print("quiet exit", stop.code, stop.args)

try:
    run("1 2 3")
except UsageError as stop:
    print("caught", stop.code)

try:
    run("3 km to parsec")
finally:
    print("leaving", type(sys.exception()).__name__)
