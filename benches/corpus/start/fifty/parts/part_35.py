"""Part 35 of fifty."""

from . import part_34

LIMIT = 248


class Part35(part_34.Part34):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 35
