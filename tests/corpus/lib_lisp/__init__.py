"""A small Lisp."""
from .evaluator import Closure, Macro, evaluate
from .reader import LispError, Symbol, read_all, show
