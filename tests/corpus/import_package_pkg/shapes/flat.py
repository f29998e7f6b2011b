from dataclasses import dataclass

__all__ = ("areas", "_counted")
_counted = 0
hidden = "not exported"


@dataclass
class Square:
    side: int

    @property
    def area(self):
        return self.side**2


def areas(*sides):
    global _counted
    _counted += len(sides)
    return [Square(side).area for side in sides]
