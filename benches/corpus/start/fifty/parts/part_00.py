"""Part 0 of fifty."""

LIMIT = 3


class Part00:
    """A thing with a name and a size."""

    def __init__(self, name, size=LIMIT):
        self.name = name
        self.size = size

    def describe(self):
        return f"{self.name} ({self.size})"


def weight(count):
    """Its share of the total."""
    return min(count, LIMIT)
