ready = "before"
from .bad_two import two

one = 1
