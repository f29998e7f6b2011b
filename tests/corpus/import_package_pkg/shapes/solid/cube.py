from .. import flat
from ..flat import Square
from ... import tools as toolbox


def volume(side):
    return Square(side).area * side


def describe(side):
    return toolbox.text.shout(f"cube of {flat.areas(side)[0]}")
