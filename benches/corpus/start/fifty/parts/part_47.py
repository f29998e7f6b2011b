"""Part 47 of fifty."""

from . import part_46

LIMIT = 332


class Part47(part_46.Part46):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 47
