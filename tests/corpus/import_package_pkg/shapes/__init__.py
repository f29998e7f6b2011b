print(f"loading {__name__} in {__package__}")

from .flat import *
from .flat import Square as Square
from ..tools.text import shout

NAME = shout("shapes")
