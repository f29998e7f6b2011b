"""Recursive descent, one level of operators at a time."""
import re

from .nodes import Assign, Binary, Call, Name, Number, Unary


class ParseError(Exception):
    def __init__(self, message, position):
        super().__init__(f"{message} at {position}")
        self.position = position


LEVELS = [("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%")]
TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|(?P<name>[a-zA-Z_]\w*)|(?P<sign>\|\||&&|[<>=!]=|[-+*/%^<>=(),!]))")


class Parser:
    def __init__(self, text):
        self.text, self.tokens, at = text, [], 0
        end = len(text.rstrip())
        while at < end:
            if not (match := TOKEN.match(text, at)):
                raise ParseError(f"unexpected {text[at:].lstrip()[0]!r}", at + len(text[at:]) - len(text[at:].lstrip()))
            self.tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        self.tokens.append(("end", "", end))
        self.at = 0

    @property
    def token(self):
        return self.tokens[self.at]

    def accept(self, *signs):
        kind, text, _ = self.token
        if kind == "sign" and text in signs:
            self.at += 1
            return text

    def expect(self, sign):
        if not self.accept(sign):
            raise ParseError(f"expected {sign!r}, found {self.token[1] or 'the end'!r}", self.token[2])

    def parse(self):
        match self.tokens:
            case [("name", name, _), ("sign", "=", _), *_]:
                self.at = 2
                tree = Assign(name, self.binary(0))
            case _:
                tree = self.binary(0)
        if self.token[0] != "end":
            raise ParseError(f"unexpected {self.token[1]!r}", self.token[2])
        return tree

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while sign := self.accept(*LEVELS[level]):
            left = Binary(left, sign, self.binary(level + 1))
        return left

    def unary(self):
        if sign := self.accept("-", "!"):
            return Unary(sign, self.unary())
        base = self.atom()
        return Binary(base, "^", self.unary()) if self.accept("^") else base

    def atom(self):
        kind, text, position = self.token
        self.at += 1
        match kind, text:
            case "number", _:
                return Number(float(text) if set(text) & set(".eE") else int(text))
            case "name", _ if self.accept("("):
                args = []
                if not self.accept(")"):
                    args.append(self.binary(0))
                    while self.accept(","):
                        args.append(self.binary(0))
                    self.expect(")")
                return Call(text, tuple(args))
            case "name", _:
                return Name(text)
            case "sign", "(":
                inside = self.binary(0)
                self.expect(")")
                return inside
        raise ParseError(f"unexpected {text or 'end'!r}", position)
