"""A tokenizer built from one big alternation of named groups."""
import re
from typing import NamedTuple


class Token(NamedTuple):
    kind: str
    text: str
    line: int
    column: int


RULES = [
    ("COMMENT", r"\#[^\n]*"),
    ("FLOAT", r"\d+\.\d*(?:[eE][+-]?\d+)?"),
    ("INT", r"0x[0-9a-fA-F]+|\d+"),
    ("STRING", r'"(?:[^"\\\n]|\\.)*"'),
    ("KEYWORD", r"\b(?:let|if|then|else|fn)\b"),
    ("NAME", r"[^\W\d]\w*"),
    ("OP", r"->|[<>=!]=|[-+*/=<>(){},;]"),
    ("NEWLINE", r"\n"),
    ("SPACE", r"[ \t]+"),
    ("ERROR", r"."),
]
SCANNER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in RULES))


def tokenize(source):
    line, start = 1, 0
    for match in SCANNER.finditer(source):
        kind, text = match.lastgroup, match.group()
        column = match.start() - start + 1
        if kind == "NEWLINE":
            line, start = line + 1, match.end()
        elif kind == "ERROR":
            raise SyntaxError(f"unexpected {text!r} at {line}:{column}")
        elif kind not in ("SPACE", "COMMENT"):
            yield Token(kind, text, line, column)


PROGRAM = '''\
# area of a ring
let pi = 3.14159;
fn ring(outer, inner) -> pi * (outer*outer - inner*inner)
if größe >= 0x1F then "say \\"hi\\" # no comment" else letter
'''

for token in tokenize(PROGRAM):
    print(f"{token.line}:{token.column:<3} {token.kind:<8} {token.text}")

try:
    list(tokenize("let a = 1;\n  b $ 2"))
except SyntaxError as error:
    print("SyntaxError:", error)

# The same idea with re.Scanner, which calls a function per match.
scanner = re.Scanner(
    [
        (r"[0-9]+", lambda _, text: int(text)),
        (r"[-+*/]", lambda _, text: text),
        (r"\s+", None),
    ]
)
print(scanner.scan("12 + 7*3 ?rest"))

values = re.compile(r"(?P<key>\w+)\s*=\s*(?P<quote>['\"]?)(?P<value>.*?)(?P=quote)(?:;|$)")
for found in values.finditer("a=1; b='two; words'; c = \"3\""):
    print(found.groupdict(), found.span("value"))
print(values.groups, dict(values.groupindex))
