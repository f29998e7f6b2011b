"""A Brainf*ck interpreter, an optimiser, and a compiler to Python functions."""
import re
from itertools import groupby

HELLO = "++++++++++[>+++++++>+++++++++++>+++>+<<<<-]>+.>+..-----------.>++.<.---.++++++++++++++++++++++++.>>."
CAT = ",[.,]"
ADD = ",>,<[->+<]>."
TRIANGLE = """
+++++ rows left
>>> ++++++[>+++++++<-] a star
>> ++++++++++ a line end
<<<<< [
  > + one longer   [>+>+<<-] >> [<<+>>-] copied
  < [>>.<<-]       >>> .
  <<<<< -
]"""


def matches(program):
    table, stack = {}, []
    for at, char in enumerate(program):
        if char == "[":
            stack.append(at)
        elif char == "]":
            if not stack:
                raise SyntaxError(f"unmatched ] at {at}")
            start = stack.pop()
            table[start], table[at] = at, start
    if stack:
        raise SyntaxError(f"unmatched [ at {stack[-1]}")
    return table


def interpret(program, source=b""):
    jumps, tape, at, cell, out, data = matches(program), bytearray(300), 0, 0, bytearray(), iter(source)
    while at < len(program):
        match program[at]:
            case ">":
                cell += 1
            case "<":
                cell -= 1
            case "+":
                tape[cell] = tape[cell] + 1 & 255
            case "-":
                tape[cell] = tape[cell] - 1 & 255
            case ".":
                out.append(tape[cell])
            case ",":
                tape[cell] = next(data, 0)
            case "[" if not tape[cell]:
                at = jumps[at]
            case "]" if tape[cell]:
                at = jumps[at]
        at += 1
    return bytes(out)


def optimise(program):
    """Yields (operation, amount); runs are folded and [-] becomes a clear."""
    program = re.sub(r"[^-+<>.,\[\]]", "", program)
    program = program.replace("[-]", "0")
    for char, run in groupby(program, lambda c: c if c in "+-<>" else object()):
        run = "".join(run)
        match run[0]:
            case "+" | "-" as sign:
                yield "add", len(run) if sign == "+" else -len(run)
            case ">" | "<" as sign:
                yield "move", len(run) if sign == ">" else -len(run)
            case other:
                yield {"0": "clear", ".": "out", ",": "in", "[": "open", "]": "close"}[other], 0


def compile_program(program):
    matches(program)
    lines, depth = ["def run(read, write):", " tape, p = bytearray(300), 0"], 1
    for operation, amount in optimise(program):
        line = {
            "add": f"tape[p] = tape[p] + {amount} & 255",
            "move": f"p += {amount}",
            "clear": "tape[p] = 0",
            "out": "write(tape[p])",
            "in": "tape[p] = read()",
            "open": "while tape[p]:",
            "close": "",
        }[operation]
        if operation == "close":
            depth -= 1
            continue
        lines.append(" " * depth + line)
        if operation == "open":
            depth += 1
            lines.append(" " * depth + "pass")
    space = {}
    exec(compile("\n".join(lines), "<brainfuck>", "exec"), space)
    return space["run"], lines


def run_compiled(program, source=b""):
    run, _ = compile_program(program)
    out, data = bytearray(), iter(source)
    run(lambda: next(data, 0), out.append)
    return bytes(out)


print(interpret(HELLO), interpret(CAT, b"meow"), interpret(ADD, bytes([40, 25])))
print(run_compiled(HELLO) == interpret(HELLO), run_compiled(CAT, "zoë".encode()).decode(), run_compiled(ADD, b"!#"))
print(run_compiled(TRIANGLE).decode(), interpret(TRIANGLE) == run_compiled(TRIANGLE))
print(list(optimise("+++ comment >> [-] <<--[.,]")))
print("\n".join(compile_program(ADD)[1]))
for bad in ("[[]", "]", "+[>]]"):
    try:
        interpret(bad)
    except SyntaxError as error:
        print("SyntaxError:", error)
