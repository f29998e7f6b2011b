"""Part 7 of fifty."""

from . import part_06

LIMIT = 52


class Part07(part_06.Part06):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 7
