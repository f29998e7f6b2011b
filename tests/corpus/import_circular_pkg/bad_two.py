from .bad_one import ready
from .bad_one import one

two = 2
