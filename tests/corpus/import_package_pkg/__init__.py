"""A package with sub-packages, relative imports and a lazy export list."""
from . import tools
from .shapes import Square, areas
from .shapes.solid import cube as _cube

__all__ = ["Square", "areas", "tools", "VERSION"]
VERSION = "1.0"
volume = _cube.volume
print(f"loading {__name__}")
