from .impl import run
PRIORITY = 1
