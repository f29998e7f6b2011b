"""Part 46 of fifty."""

from . import part_45

LIMIT = 325


class Part46(part_45.Part45):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 46
