"""An expression language: tokens, tree, evaluation, printing, error positions."""
import math
import operator

from lib_expr_parser.nodes import *
from lib_expr_parser.parser import ParseError, Parser

FUNCTIONS = {"sqrt": math.sqrt, "max": max, "min": min, "abs": abs, "hyp": math.hypot, "round": round}
SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod, "^": operator.pow, "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def evaluate(node, names):
    match node:
        case Number(value):
            return value
        case Name(id):
            return names[id]
        case Assign(name, value):
            names[name] = evaluate(value, names)
            return names[name]
        case Unary("-", operand):
            return -evaluate(operand, names)
        case Unary("!", operand):
            return not evaluate(operand, names)
        case Binary(left, "&&", right):
            return evaluate(left, names) and evaluate(right, names)
        case Binary(left, "||", right):
            return evaluate(left, names) or evaluate(right, names)
        case Binary(left, sign, right):
            return SIGNS[sign](evaluate(left, names), evaluate(right, names))
        case Call("if", (test, then, otherwise)):
            return evaluate(then if evaluate(test, names) else otherwise, names)
        case Call(name, args):
            return FUNCTIONS[name](*(evaluate(arg, names) for arg in args))


def show(node):
    match node:
        case Number(value) | Name(value):
            return str(value)
        case Unary(sign, operand):
            return f"({sign}{show(operand)})"
        case Binary(left, sign, right):
            return f"({show(left)} {sign} {show(right)})"
        case Call(name, args):
            return f"{name}({', '.join(map(show, args))})"
        case Assign(name, value):
            return f"{name} = {show(value)}"


names = {"pi": 3.125}
for text in ("1 + 2 * 3 - 4 - 5", "2 ^ 3 ^ 2", "-2 ^ 2", "r = 1.5e1 % 4", "pi * r ^ 2", "!(1 < 2) || r >= 3 && 7", "max(1, hyp(3, 4), -abs(-9)) / 2", "if(r == 3, 1, 1 / 0)", "  ( ( r ) )  ", "1 / (r - 3)", "unknown + 1", "sqrt(-1)", "min()", "2 +", "(1, 2)", "3 $ 4", "f(1", "1 2", "", "a = = 2"):
    try:
        tree = Parser(text).parse()
        print(f"{text.strip():<34} {show(tree):<40} {evaluate(tree, names)}")
    except ParseError as error:
        print(f"{text!r:<34} {error}\n{' ' * (error.position + 1)}^")
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        print(f"{text:<34} {type(error).__name__}")
