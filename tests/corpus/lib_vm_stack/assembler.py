"""Operations, the assembler and the disassembler."""
from enum import IntEnum, auto


class Op(IntEnum):
    PUSH = 1
    POP = auto()
    DUP = auto()
    SWAP = auto()
    OVER = auto()
    ADD = auto()
    SUB = auto()
    MUL = auto()
    DIV = auto()
    MOD = auto()
    LT = auto()
    EQ = auto()
    JMP = auto()
    JZ = auto()
    CALL = auto()
    RET = auto()
    LOAD = auto()
    STORE = auto()
    PRINT = auto()
    HALT = auto()


WITH_ARGUMENT = {Op.PUSH, Op.JMP, Op.JZ, Op.CALL, Op.LOAD, Op.STORE}


def assemble(source):
    labels, code, fixes, names = {}, [], [], {}
    for number, line in enumerate(source.splitlines(), 1):
        line = line.partition(";")[0].strip()
        if line.endswith(":"):
            labels[line[:-1]] = len(code)
            continue
        if not line:
            continue
        name, *argument = line.split()
        try:
            op = Op[name.upper()]
        except KeyError:
            raise SyntaxError(f"line {number}: no operation {name}") from None
        code.append(op)
        if (op in WITH_ARGUMENT) != bool(argument):
            raise SyntaxError(f"line {number}: wrong operand for {op.name}")
        if argument:
            text = argument[0]
            if text.lstrip("-").isdigit():
                code.append(int(text))
            elif op in (Op.LOAD, Op.STORE):
                code.append(names.setdefault(text, len(names)))
            else:
                fixes.append((len(code), text, number))
                code.append(None)
    for place, label, number in fixes:
        if label not in labels:
            raise SyntaxError(f"line {number}: no label {label}")
        code[place] = labels[label]
    return code


def disassemble(code):
    at = 0
    while at < len(code):
        op = Op(code[at])
        size = 2 if op in WITH_ARGUMENT else 1
        yield f"{at:>3} {op.name:<6}" + (str(code[at + 1]) if size == 2 else "")
        at += size
