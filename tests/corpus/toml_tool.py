"""Loads a TOML file, flattens it, and answers dotted queries."""
import tomllib
from datetime import date, datetime
from functools import reduce
from pathlib import Path

SOURCE = Path(__file__).parent / "toml_tool.data" / "project.toml"


def flatten(value, prefix=""):
    match value:
        case dict():
            for key, inner in value.items():
                label = key if key.isidentifier() else f'"{key}"'
                yield from flatten(inner, f"{prefix}.{label}" if prefix else label)
        case list() if any(isinstance(item, dict) for item in value):
            for index, inner in enumerate(value):
                yield from flatten(inner, f"{prefix}[{index}]")
        case _:
            yield prefix, value


def show(value):
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.strftime("%d/%m/%Y")
        case _:
            return repr(value)


def lookup(document, *steps):
    return reduce(lambda node, step: node[step], steps, document)


with open(SOURCE, "rb") as handle:
    document = tomllib.load(handle)

for name, value in flatten(document):
    print(f"{name:<32} {type(value).__name__:<9} {show(value)}")

print(lookup(document, "boats", 0, "crew", 1, "name"))
print(lookup(document, "limits", "per_day", "south.pier"))
print(document["built"].utcoffset())

exact = tomllib.loads("price = 0.10", parse_float=lambda text: ("exact", text))
print(exact)

BROKEN = {
    "duplicate key": "a = 1\na = 2",
    "unclosed string": 'a = "x',
    "no value": "a =",
    "bad date": "a = 2024-13-01",
    "table twice": "[t]\n[t]",
}
for label, text in BROKEN.items():
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        print(f"{label}: {type(error).__name__}, a ValueError: {isinstance(error, ValueError)}")
