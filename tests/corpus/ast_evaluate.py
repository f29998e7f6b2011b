"""ast: safe evaluation, trees made by hand, and unparsing many forms."""
import ast

for text in ("[1, -2.5, (3, 'x'), {'k': {4}}, None, True, b'y', 1+2j]", "__import__('os')", "1 + 1", "{**a}", "[x", "set()"):
    try:
        print(ast.literal_eval(text))
    except (ValueError, SyntaxError) as error:
        print(type(error).__name__, end=" ")
print()


def calculate(text, **names):
    """Evaluates arithmetic without eval."""
    import operator as op

    operations = {ast.Add: op.add, ast.Sub: op.sub, ast.Mult: op.mul, ast.Div: op.truediv, ast.Pow: op.pow, ast.USub: op.neg, ast.Lt: op.lt, ast.GtE: op.ge}

    def run(node):
        match node:
            case ast.Expression(body):
                return run(body)
            case ast.Constant(int() | float() as value):
                return value
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.BinOp(left, operator, right):
                return operations[type(operator)](run(left), run(right))
            case ast.UnaryOp(operator, operand):
                return operations[type(operator)](run(operand))
            case ast.Compare(left, [operator], [right]):
                return operations[type(operator)](run(left), run(right))
            case ast.IfExp(test, body, orelse):
                return run(body if run(test) else orelse)
            case _:
                raise ValueError(f"{type(node).__name__} is not allowed")

    return run(ast.parse(text, mode="eval"))


for text in ("2 + 3 * x ** 2", "-(x - 1) / 4", "x if x < y else y", "x.real", "open('f')", "x >= 3"):
    try:
        print(text, "=", calculate(text, x=3, y=2))
    except ValueError as error:
        print(text, "->", error)
made = ast.Expression(ast.BinOp(ast.Constant(6), ast.Mult(), ast.Constant(7)))
print(eval(compile(ast.fix_missing_locations(made), "<made>", "eval")), ast.unparse(made), [type(n).__name__ for n in ast.walk(made)], len(list(ast.iter_child_nodes(made.body))))
for line in ("x = yield", "lambda *a, k=1, **kw: (a, k)", "a if b else c or not d", "x: int = -1 ** 2", "del a[0], b.c", "with a as b, c: pass", "print(*a, **b)", "{**a, 'b': [*c]}", "not (a and b) or (c < d <= e)", "@d\nclass A(B, m=C): x = 1", "try: pass\nexcept (A, B) as e: raise X from e\nfinally: y()", "match p:\n case [1, *r] if r: pass", "a[b:c, ::2] @= (yield)", "(x := 5) + (await y)"):
    print(ast.unparse(ast.parse(line)).replace("\n", " / "))
