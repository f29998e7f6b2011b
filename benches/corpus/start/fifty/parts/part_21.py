"""Part 21 of fifty."""

from . import part_20

LIMIT = 150


class Part21(part_20.Part20):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 21
