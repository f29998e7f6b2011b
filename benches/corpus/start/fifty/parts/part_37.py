"""Part 37 of fifty."""

from . import part_36

LIMIT = 262


class Part37(part_36.Part36):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 37
