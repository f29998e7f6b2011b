"""Part 1 of fifty."""

from . import part_00

LIMIT = 10


class Part01(part_00.Part00):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 1
