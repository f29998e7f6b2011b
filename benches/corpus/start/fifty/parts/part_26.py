"""Part 26 of fifty."""

from . import part_25

LIMIT = 185


class Part26(part_25.Part25):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 26
