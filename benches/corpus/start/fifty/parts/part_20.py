"""Part 20 of fifty."""

from . import part_19

LIMIT = 143


class Part20(part_19.Part19):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 20
