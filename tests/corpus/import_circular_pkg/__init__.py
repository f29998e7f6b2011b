log = []
log.append("package starts")
from . import animal
from .zoo import Zoo
log.append("package ends")
