"""Part 16 of fifty."""

from . import part_15

LIMIT = 115


class Part16(part_15.Part15):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 16
