"""Part 6 of fifty."""

from . import part_05

LIMIT = 45


class Part06(part_05.Part05):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 6
