"""Part 9 of fifty."""

from . import part_08

LIMIT = 66


class Part09(part_08.Part08):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 9
