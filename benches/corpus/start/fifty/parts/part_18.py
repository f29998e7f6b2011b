"""Part 18 of fifty."""

from . import part_17

LIMIT = 129


class Part18(part_17.Part17):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 18
