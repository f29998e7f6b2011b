from . import log

log.append("animal starts")
from . import zoo

log.append(f"animal sees Zoo: {hasattr(zoo, 'Zoo')}")


class Animal:
    def __init__(self, name):
        self.name = name

    def home(self):
        return zoo.Zoo.find(self)


log.append("animal ends")
