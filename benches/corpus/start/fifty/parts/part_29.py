"""Part 29 of fifty."""

from . import part_28

LIMIT = 206


class Part29(part_28.Part28):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 29
