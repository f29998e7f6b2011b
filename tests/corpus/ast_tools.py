"""ast: visiting, reporting, transforming and compiling trees."""
import ast
from collections import Counter

SOURCE = '''
import os, sys as system
from math import pi

LIMIT = 10

def area(r, *, scale=1.0):
    """The area of a circle."""
    if r > LIMIT:
        raise ValueError(f"{r!r} too big")
    return scale * pi * r ** 2

class Shape:
    sides: int = 0
    def grow(self, by):
        self.sides += by
        return [x for x in range(self.sides) if x % 2]

async def fetch():
    async with thing as t:
        await t
'''


class Survey(ast.NodeVisitor):
    def __init__(self):
        self.functions, self.imports, self.names, self.depth, self.deepest = [], [], Counter(), 0, 0

    def generic_visit(self, node):
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        super().generic_visit(node)
        self.depth -= 1

    def visit_Import(self, node):
        self.imports += [alias.asname or alias.name for alias in node.names]

    def visit_ImportFrom(self, node):
        self.imports += [f"{node.module}.{alias.name}" for alias in node.names]

    def visit_FunctionDef(self, node):
        args = [a.arg for a in node.args.args + node.args.kwonlyargs]
        self.functions.append(f"{node.name}({', '.join(args)}) at {node.lineno}-{node.end_lineno}")
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Name(self, node):
        self.names[node.id, type(node.ctx).__name__] += 1


tree = ast.parse(SOURCE)
survey = Survey()
survey.visit(tree)
print(survey.functions, survey.imports, survey.deepest > 5)
print(sorted(survey.names.items())[:6])
print([type(node).__name__ for node in tree.body], ast.get_docstring(tree.body[3]), ast.get_source_segment(SOURCE, tree.body[3].body[2].value))
print(ast.dump(ast.parse("x + 1", mode="eval")))
print(ast.dump(ast.parse("a.b[1:2] = f(*c, k=3)").body[0].targets[0], annotate_fields=False))


class Simplify(ast.NodeTransformer):
    """Folds constants, and replaces names known beforehand."""

    def __init__(self, **known):
        self.known = known

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and node.id in self.known:
            return ast.copy_location(ast.Constant(self.known[node.id]), node)
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            expression = ast.fix_missing_locations(ast.Expression(node))
            return ast.copy_location(ast.Constant(eval(compile(expression, "<fold>", "eval"))), node)
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse or None
        return node

    def visit_Assert(self, node):
        return None


code = ast.parse("""
def price(n):
    assert n > 0
    if DEBUG:
        print("debugging")
    else:
        rate = BASE * 2 + 1
    return n * rate - (3 * 4) ** 2 // 5
result = [price(n) for n in (1, 2, BASE)]
""")
code = ast.fix_missing_locations(Simplify(DEBUG=False, BASE=10).visit(code))
print(ast.unparse(code))
space = {}
exec(compile(code, "<simplified>", "exec"), space)
print(space["result"])
