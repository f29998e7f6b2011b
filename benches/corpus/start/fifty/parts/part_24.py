"""Part 24 of fifty."""

from . import part_23

LIMIT = 171


class Part24(part_23.Part23):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 24
