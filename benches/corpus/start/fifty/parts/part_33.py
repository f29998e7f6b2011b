"""Part 33 of fifty."""

from . import part_32

LIMIT = 234


class Part33(part_32.Part32):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 33
