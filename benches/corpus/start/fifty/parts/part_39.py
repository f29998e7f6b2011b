"""Part 39 of fifty."""

from . import part_38

LIMIT = 276


class Part39(part_38.Part38):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 39
