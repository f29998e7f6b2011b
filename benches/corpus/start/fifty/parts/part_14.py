"""Part 14 of fifty."""

from . import part_13

LIMIT = 101


class Part14(part_13.Part13):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 14
