"""Part 32 of fifty."""

from . import part_31

LIMIT = 227


class Part32(part_31.Part31):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 32
