import sympy

print(sympy.__name__, sympy.__version__)
