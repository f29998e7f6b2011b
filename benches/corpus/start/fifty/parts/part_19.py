"""Part 19 of fifty."""

from . import part_18

LIMIT = 136


class Part19(part_18.Part18):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 19
