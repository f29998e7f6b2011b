"""Part 28 of fifty."""

from . import part_27

LIMIT = 199


class Part28(part_27.Part27):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 28
