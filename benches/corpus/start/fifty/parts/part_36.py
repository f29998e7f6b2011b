"""Part 36 of fifty."""

from . import part_35

LIMIT = 255


class Part36(part_35.Part35):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 36
