"""Part 45 of fifty."""

from . import part_44

LIMIT = 318


class Part45(part_44.Part44):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 45
