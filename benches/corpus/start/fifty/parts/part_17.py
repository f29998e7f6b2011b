"""Part 17 of fifty."""

from . import part_16

LIMIT = 122


class Part17(part_16.Part16):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 17
