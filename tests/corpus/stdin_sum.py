"""A filter: reads commands and numbers from standard input in several ways."""
import fileinput
import sys
from collections import OrderedDict


def numbers(line):
    for word in line.split():
        try:
            yield float(word) if "." in word else int(word, 0)
        except ValueError:
            print(f"ignored {word!r}", file=sys.stdout)


class Table:
    """Columns of the form NAME VALUE, until a blank line."""

    def __init__(self):
        self.rows = OrderedDict()

    def read(self, stream):
        for line in iter(stream.readline, "\n"):
            if not line:
                break
            name, *values = line.split()
            self.rows.setdefault(name, []).extend(map(int, values))
        return self

    def __str__(self):
        width = max(map(len, self.rows), default=0)
        return "\n".join(f"{name:<{width}} : {sum(values):>5} {values}" for name, values in self.rows.items())


def ask(question):
    answer = input(question)
    print(repr(answer))
    return answer


def main():
    name = ask("name? ")
    count = int(ask("how many lines? "))
    total = 0
    for _ in range(count):
        line = sys.stdin.readline()
        found = list(numbers(line))
        total += sum(found)
        print(f"{len(found)} numbers, sum {sum(found)}")
    print(f"{name}: {total:.2f}")

    print(Table().read(sys.stdin))

    for number, line in enumerate(sys.stdin, start=1):
        line = line.rstrip("\n")
        if line == "END":
            break
        print(f"{number:>2} {line[::-1]}")

    first = sys.stdin.read(5)
    rest = sys.stdin.read().splitlines()
    print(repr(first), rest, repr(sys.stdin.read()), repr(sys.stdin.readline()))
    try:
        input()
    except EOFError as error:
        print(type(error).__name__)
    print(sys.stdin.isatty(), list(sys.stdin), list(fileinput.input("-", encoding="utf-8")))


if __name__ == "__main__":
    main()
