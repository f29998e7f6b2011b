"""Part 22 of fifty."""

from . import part_21

LIMIT = 157


class Part22(part_21.Part21):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 22
