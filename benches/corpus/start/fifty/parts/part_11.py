"""Part 11 of fifty."""

from . import part_10

LIMIT = 80


class Part11(part_10.Part10):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 11
