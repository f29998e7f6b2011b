"""Part 34 of fifty."""

from . import part_33

LIMIT = 241


class Part34(part_33.Part33):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 34
