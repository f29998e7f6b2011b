"""Part 41 of fifty."""

from . import part_40

LIMIT = 290


class Part41(part_40.Part40):
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        super().__init__(name, size)

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT) + 41
