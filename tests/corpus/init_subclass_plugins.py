"""__init_subclass__, __set_name__, __class_getitem__ and a plug-in registry."""


class Plugin:
    registry = {}

    def __init_subclass__(cls, /, name=None, abstract=False, **rest):
        super().__init_subclass__(**rest)
        cls.steps = getattr(cls, "steps", ()) + (cls.__name__,)
        if not abstract:
            Plugin.registry[name or cls.__name__.lower()] = cls

    @classmethod
    def create(cls, name, *args):
        try:
            return cls.registry[name](*args)
        except KeyError:
            raise LookupError(f"no plugin {name!r}; known: {', '.join(sorted(cls.registry))}") from None


class Field:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = name
        owner.fields = {**getattr(owner, "fields", {}), name: self.kind}

    def __get__(self, instance, owner):
        return self if instance is None else instance.__dict__.get(self.name, self.kind())


class Reader(Plugin, abstract=True):
    def __init__(self, source="-"):
        self.source = source

    def read(self):
        return f"{type(self).__name__}({self.source})"


class Csv(Reader):
    delimiter = Field(str)
    rows = Field(int)


class Tsv(Csv, name="tabs"):
    strict = Field(bool)


print(sorted(Plugin.registry), Tsv.steps, Csv.fields, Tsv.fields)
print(Plugin.create("tabs", "x.tsv").read(), Plugin.create("csv").rows, Tsv().strict, Csv.rows.name)
try:
    Plugin.create("xml")
except LookupError as error:
    print(error, error.__cause__, error.__suppress_context__)
try:
    class Wrong(Plugin, colour="red"):
        pass
except TypeError as error:
    print(type(error).__name__)


class Typed:
    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{getattr(item, '__name__', item)}]"


print(Typed[int], Typed["x", 2], list[int], dict[str, list[int]].__args__)
