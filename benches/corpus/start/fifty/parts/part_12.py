"""Part 12 of fifty."""

from . import part_11

LIMIT = 87


class Part12(part_11.Part11):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 12
