"""Part 48 of fifty."""

from . import part_47

LIMIT = 339


class Part48(part_47.Part47):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 48
