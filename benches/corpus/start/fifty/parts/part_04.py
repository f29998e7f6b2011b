"""Part 4 of fifty."""

from . import part_03

LIMIT = 31


class Part04(part_03.Part03):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 4
