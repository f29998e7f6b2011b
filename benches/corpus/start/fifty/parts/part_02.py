"""Part 2 of fifty."""

from . import part_01

LIMIT = 17


class Part02(part_01.Part01):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 2
