"""Part 13 of fifty."""

from . import part_12

LIMIT = 94


class Part13(part_12.Part12):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 13
