"""JSON: custom encoders and decoders, number hooks, formatting and errors."""
import json
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Part:
    name: str
    colour: Colour
    made: date
    weights: list[float] = field(default_factory=list)


class Encoder(json.JSONEncoder):
    def default(self, value):
        match value:
            case Part():
                return {"$part": vars(value)}
            case Colour():
                return {"$colour": value.value}
            case date():
                return {"$date": value.isoformat()}
            case set() | frozenset():
                return sorted(value)
            case complex(real=re, imag=im):
                return [re, im]
        return super().default(value)


def revive(mapping):
    match mapping:
        case {"$part": fields}:
            return Part(**fields)
        case {"$colour": name}:
            return Colour(name)
        case {"$date": text}:
            return date.fromisoformat(text)
    return mapping


parts = [
    Part("bolt", Colour.RED, date(2023, 2, 28), [0.1, 1e-9, 1e22]),
    Part("n\u00fct \"M8\"", Colour.BLUE, date(2024, 2, 29)),
]
text = json.dumps(parts, cls=Encoder)
print(text)
print(json.loads(text, object_hook=revive) == parts)

print(json.dumps({"set": {3, 1, 2}, "c": 2 - 1j}, cls=Encoder))
print(json.dumps({"b": [1, {"x": None}], "a": {}, "c": []}, indent=2, sort_keys=True))
print(json.dumps([1, 2, {"k": True}], separators=(",", ":")))
print(json.dumps("caf\u00e9 \u2603 \U0001f600 \x07\n"), json.dumps("caf\u00e9 \u2603", ensure_ascii=False))
print(json.dumps({1: "int", 2.5: "float", None: "none", True: "bool"}))
print(json.dumps({(1, 2): "tuple", "ok": 1}, skipkeys=True))
print(json.dumps([float("inf"), float("-inf"), float("nan")]))

print(json.loads("[0.10, 12345678901234567890, -0.0, 1E400]"))
print(json.loads("[0.10, 7]", parse_float=Decimal, parse_int=lambda digits: f"<{digits}>"))
print(json.loads('{"z": 1, "a": 2, "z": 3}', object_pairs_hook=OrderedDict))
print(json.loads('{"z": 1, "a": 2, "z": 3}', object_pairs_hook=list))
print(repr(json.loads(r'"\u0041\ud83d\ude00\/\t"')))
print(json.loads(b'{"bytes": "\xc3\xa9"}'))
print(asdict(parts[1])["name"], json.loads("  null  "))

for bad in ("{'a': 1}", '{"a": 1', '{"a" 1}', "[1 2]", "nul", '"\n"', ""):
    try:
        json.loads(bad)
    except json.JSONDecodeError as error:
        print(f"{bad!r}: line {error.lineno} column {error.colno}")
for bad in ({"x": object()}, {(1,): 1}):
    try:
        json.dumps(bad)
    except TypeError as error:
        print(type(error).__name__)
loop = []
loop.append(loop)
try:
    json.dumps(loop)
except ValueError as error:
    print(type(error).__name__)
try:
    json.dumps(float("nan"), allow_nan=False)
except ValueError as error:
    print(type(error).__name__)
