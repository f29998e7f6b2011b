"""Part 30 of fifty."""

from . import part_29

LIMIT = 213


class Part30(part_29.Part29):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 30
