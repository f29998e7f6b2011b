"""Part 38 of fifty."""

from . import part_37

LIMIT = 269


class Part38(part_37.Part37):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 38
