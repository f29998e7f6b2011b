"""Part 25 of fifty."""

from . import part_24

LIMIT = 178


class Part25(part_24.Part24):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 25
