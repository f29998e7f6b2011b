"""Part 10 of fifty."""

from . import part_09

LIMIT = 73


class Part10(part_09.Part09):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 10
