WHERE = "first"
from . import inner
