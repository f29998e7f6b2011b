"""Part 23 of fifty."""

from . import part_22

LIMIT = 164


class Part23(part_22.Part22):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 23
