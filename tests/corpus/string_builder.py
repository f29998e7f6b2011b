"""Building long texts: join, StringIO, bytearray, templates; all ways agree."""
import io
from array import array
from functools import partial, reduce
from itertools import chain, repeat


def by_join(rows):
    return "".join([f"{n}:{'x' * (n % 4)};" for n in range(rows)])


def by_adding(rows):
    text = ""
    for n in range(rows):
        text += str(n)
        text += ":"
        text += "x" * (n % 4)
        text += ";"
    return text


def by_stream(rows):
    with io.StringIO() as out:
        emit = partial(print, sep=":", end=";", file=out)
        for n in range(rows):
            emit(n, "x" * (n % 4))
        return out.getvalue()


def by_bytes(rows):
    out = bytearray()
    for n in range(rows):
        out += b"%d:%s;" % (n, b"x" * (n % 4))
    return out.decode("ascii")


def by_codes(rows):
    out = array("H")
    for n in range(rows):
        out.extend(chain(map(ord, str(n)), [58], repeat(120, n % 4), [59]))
    return "".join(map(chr, out))


def by_folding(rows):
    return reduce(lambda text, n: text + "%d:%s;" % (n, "x" * (n % 4)), range(rows), "")


class Rope:
    """A tree of pieces: cheap to join, flattened when it is read."""

    def __init__(self, *pieces):
        self.pieces = pieces
        self.length = sum(map(len, pieces))

    def __len__(self):
        return self.length

    def __add__(self, other):
        return Rope(self, other)

    def __radd__(self, other):
        return Rope(other, self)

    def __iter__(self):
        for piece in self.pieces:
            yield from piece

    def __getitem__(self, index):
        if index < 0:
            index += len(self)
        for piece in self.pieces:
            if index < len(piece):
                return piece[index]
            index -= len(piece)
        raise IndexError("rope index")

    def __str__(self):
        return "".join(self)


expected = by_join(300)
print(len(expected), expected[:30], expected[-12:], expected.count("xx;"))
for way in (by_adding, by_stream, by_bytes, by_codes, by_folding):
    print(f"{way.__name__:<11} {way(300) == expected} {way(3)}")

rope = "ab" + (Rope("cd") + "" + Rope("ef", "gh")) + "i"
print(rope, len(rope), rope[0], rope[5], rope[-1], "".join(rope[i] for i in range(len(rope) - 1, -1, -1)), list(rope)[:3])
try:
    rope[9]
except IndexError as error:
    print(type(error).__name__, error)


def diamond(size):
    rows = [" " * (size - n) + "*" * (2 * n - 1) for n in range(1, size + 1)]
    return "\n".join(rows + rows[-2::-1])


def letter(name, **fields):
    parts = [f"Dear {name},"]
    parts.extend(f"  {key.replace('_', ' ')}: {value!s:.>{30 - len(key)}}" for key, value in fields.items())
    return "\n".join([*parts, "", "Yours"])


print(diamond(3), letter("Ana", order_number=17, total="12.50"), sep="\n")
text = "abc" * 3
print(text.join("--"), "".join(sorted(set(text))), "".join(a + b for a, b in zip(text, reversed(text))), "-".join(map(str, range(12)))[::-1])
