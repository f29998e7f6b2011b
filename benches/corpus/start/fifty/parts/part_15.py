"""Part 15 of fifty."""

from . import part_14

LIMIT = 108


class Part15(part_14.Part14):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 15
