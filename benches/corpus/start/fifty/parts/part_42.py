"""Part 42 of fifty."""

from . import part_41

LIMIT = 297


class Part42(part_41.Part41):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 42
