"""The machine itself."""
import operator
from dataclasses import dataclass, field

from .assembler import WITH_ARGUMENT, Op

BINARY = {Op.ADD: operator.add, Op.SUB: operator.sub, Op.MUL: operator.mul, Op.DIV: operator.floordiv, Op.MOD: operator.mod, Op.LT: operator.lt, Op.EQ: operator.eq}


class Trap(Exception):
    pass


@dataclass
class Machine:
    code: list
    stack: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    memory: dict = field(default_factory=dict)
    output: list = field(default_factory=list)
    at: int = 0
    steps: int = 0

    def pop(self):
        try:
            return self.stack.pop()
        except IndexError:
            raise Trap(f"empty stack at {self.at}") from None

    def run(self, limit=10_000):
        while self.steps < limit:
            self.steps += 1
            op = self.code[self.at]
            self.at += 1
            argument = None
            if op in WITH_ARGUMENT:
                argument = self.code[self.at]
                self.at += 1
            match op:
                case Op.PUSH:
                    self.stack.append(argument)
                case Op.POP:
                    self.pop()
                case Op.DUP:
                    self.stack.append(self.stack[-1])
                case Op.SWAP:
                    b, a = self.pop(), self.pop()
                    self.stack += [b, a]
                case Op.OVER:
                    self.stack.append(self.stack[-2])
                case Op.JMP:
                    self.at = argument
                case Op.JZ:
                    if not self.pop():
                        self.at = argument
                case Op.CALL:
                    self.calls.append(self.at)
                    self.at = argument
                case Op.RET:
                    self.at = self.calls.pop()
                case Op.LOAD:
                    self.stack.append(self.memory.get(argument, 0))
                case Op.STORE:
                    self.memory[argument] = self.pop()
                case Op.PRINT:
                    self.output.append(self.pop())
                case Op.HALT:
                    return self.output
                case _ if op in BINARY:
                    b, a = self.pop(), self.pop()
                    try:
                        self.stack.append(int(BINARY[op](a, b)))
                    except ZeroDivisionError as error:
                        raise Trap(f"division by zero at {self.at}") from error
        raise Trap("too many steps")
