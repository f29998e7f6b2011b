"""Part 43 of fifty."""

from . import part_42

LIMIT = 304


class Part43(part_42.Part42):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 43
