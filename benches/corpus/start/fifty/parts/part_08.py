"""Part 8 of fifty."""

from . import part_07

LIMIT = 59


class Part08(part_07.Part07):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 8
