"""A package of 50 small modules, all imported."""

import os
import sys

# Isolated interpreters leave the script's folder out.
here = os.path.dirname(os.path.abspath(__file__))
if here not in sys.path:
    sys.path.insert(0, here)

import parts

print(parts.total())
