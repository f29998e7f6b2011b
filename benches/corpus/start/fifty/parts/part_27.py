"""Part 27 of fifty."""

from . import part_26

LIMIT = 192


class Part27(part_26.Part26):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 27
