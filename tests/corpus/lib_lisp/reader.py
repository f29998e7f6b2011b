"""Text to lists and back."""
import re


class Symbol(str):
    __slots__ = ()


class LispError(Exception):
    pass


TOKEN = re.compile(r"""\s*(?:;[^\n]*\n?\s*)*(,@|[('`,)]|"(?:\\.|[^\\"])*"|[^\s('"`,;)]+)""")
SHORT = {"'": "quote", "`": "quasiquote", ",": "unquote", ",@": "splice"}


def read_all(text):
    tokens = TOKEN.findall(text)
    while tokens:
        yield read(tokens)


def read(tokens):
    if not tokens:
        raise LispError("unexpected end")
    token = tokens.pop(0)
    if token == "(":
        out = []
        while tokens and tokens[0] != ")":
            out.append(read(tokens))
        if not tokens:
            raise LispError("missing )")
        tokens.pop(0)
        return out
    if token == ")":
        raise LispError("unexpected )")
    if token in SHORT:
        return [Symbol(SHORT[token]), read(tokens)]
    if token[0] == '"':
        return token[1:-1].replace('\\"', '"').replace("\\n", "\n")
    for kind in (int, float):
        try:
            return kind(token)
        except ValueError:
            pass
    return {"#t": True, "#f": False}.get(token, Symbol(token))


def show(value):
    match value:
        case bool():
            return "#t" if value else "#f"
        case Symbol():
            return str(value)
        case str():
            return '"' + value.replace('"', '\\"') + '"'
        case list():
            return "(" + " ".join(map(show, value)) + ")"
        case None:
            return "nil"
        case _ if callable(value):
            return f"<{getattr(value, 'name', 'builtin')}>"
        case _:
            return str(value)
