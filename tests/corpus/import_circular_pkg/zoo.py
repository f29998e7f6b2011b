import import_circular_pkg.animal as animal_module

from . import log

log.append("zoo starts")
log.append(f"zoo sees Animal: {hasattr(animal_module, 'Animal')}")


class Zoo:
    all = []

    def __init__(self, town, *names):
        self.town = town
        self.animals = [animal_module.Animal(name) for name in names]
        Zoo.all.append(self)

    @classmethod
    def find(cls, animal):
        return next(zoo.town for zoo in cls.all if animal in zoo.animals)


log.append("zoo ends")
