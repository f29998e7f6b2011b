"""Part 3 of fifty."""

from . import part_02

LIMIT = 24


class Part03(part_02.Part02):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 3
