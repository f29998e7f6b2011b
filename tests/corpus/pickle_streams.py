"""Restricted unpickling, persistent ids, several pickles in one file."""
import io
import os
import pickle
import pickletools
import tempfile
from collections import OrderedDict, namedtuple

Row = namedtuple("Row", "id name")


class Plain:
    version = 2

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)


class Safe(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) in {("collections", "OrderedDict"), ("builtins", "range")}:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{name} is forbidden")


print(Safe(io.BytesIO(pickle.dumps([OrderedDict(a=1), range(3)]))).load())
try:
    Safe(io.BytesIO(pickle.dumps(Plain()))).load()
except pickle.UnpicklingError as error:
    print(error)


class Persistent(pickle.Pickler):
    def persistent_id(self, value):
        return ("table", value.id) if isinstance(value, Row) else None


class Loader(pickle.Unpickler):
    def persistent_load(self, key):
        return Row(key[1], f"{key[0]} row")


stream = io.BytesIO()
Persistent(stream).dump({"rows": [Row(7, "not stored")]})
print(Loader(io.BytesIO(stream.getvalue())).load(), b"not stored" in stream.getvalue())

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "log.pickle")
    for entry in ("one", 2, [3]):
        with open(path, "ab") as out:
            pickle.dump(entry, out)
    entries = []
    with open(path, "rb") as source:
        while True:
            try:
                entries.append(pickle.load(source))
            except EOFError:
                break
print(entries, [op.name for op, *_ in pickletools.genops(pickle.dumps((1, "a"), 2))], pickle.dumps((1, "a"), 0))
