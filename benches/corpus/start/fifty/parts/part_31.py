"""Part 31 of fifty."""

from . import part_30

LIMIT = 220


class Part31(part_30.Part30):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 31
