"""Part 44 of fifty."""

from . import part_43

LIMIT = 311


class Part44(part_43.Part43):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 44
