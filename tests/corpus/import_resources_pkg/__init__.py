"""Carries data files next to its code."""
from importlib import resources


def load(*path):
    return resources.files(__name__).joinpath(*path).read_text(encoding="utf-8")
