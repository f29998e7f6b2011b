"""textwrap and string: wrapping, filling, justifying, templates."""
import string
import textwrap

TEXT = """The lighthouse keeper wrote short letters. He had nothing to say, and a
well-known dislike of saying it at length; still, every Tuesday a letter
came, with a drawing of the sea."""

for line in textwrap.wrap(TEXT, 34):
    print(f"|{line:<34}|")
print(textwrap.fill(TEXT, 40, initial_indent="* ", subsequent_indent="  "))
print(textwrap.shorten(TEXT, 45, placeholder=" [...]"))
print(textwrap.wrap("averyveryverylongword and short", 10), textwrap.wrap("averyveryverylongword x", 10, break_long_words=False))
print(textwrap.wrap("semi-automatic-door", 8), textwrap.wrap("semi-automatic-door", 8, break_on_hyphens=False))
print(textwrap.wrap(TEXT, 30, max_lines=2), textwrap.wrap("a\tb  c", 20, expand_tabs=False), textwrap.wrap("", 5))
print(repr(textwrap.dedent("""\
      first
        second

      third
    """)))
print(textwrap.indent("one\n\ntwo\n", "> "), end="")
print(textwrap.indent("one\n\ntwo\n", "# ", lambda line: True), end="")


def justify(words, width):
    line, length = [], 0
    for word in words:
        if line and length + len(line) + len(word) > width:
            gaps = len(line) - 1 or 1
            spaces, extra = divmod(width - length, gaps)
            yield "".join(w + " " * (spaces + (n < extra)) * (n < gaps) for n, w in enumerate(line)).rstrip()
            line, length = [], 0
        line.append(word)
        length += len(word)
    yield " ".join(line)


for line in justify(TEXT.split(), 30):
    print(f"[{line}]")

letter = string.Template("Dear $name,\n  you won ${amount}$$ in ${place}.")
print(letter.substitute(name="Ana", amount=5, place="Rome"))
print(letter.safe_substitute({"name": "Bo"}), letter.get_identifiers())
for values in ({}, {"name": 1}):
    try:
        letter.substitute(values)
    except KeyError as error:
        print("missing", error)
try:
    string.Template("cost: $5 $").substitute()
except ValueError as error:
    print(type(error).__name__, string.Template("cost: $5").is_valid())


class Percent(string.Template):
    delimiter = "%"
    idpattern = r"[a-z]+\.[a-z]+"


print(Percent("%% %user.name %{user.age}th $x").substitute({"user.name": "Cy", "user.age": 7}))


class Polite(string.Formatter):
    def get_value(self, key, args, kwargs):
        return kwargs.get(key, f"<{key}?>") if isinstance(key, str) else super().get_value(key, args, kwargs)

    def convert_field(self, value, conversion):
        return str(value).upper() if conversion == "u" else super().convert_field(value, conversion)


print(Polite().format("{0} {name!u} {missing} {1:>5} {2[k]!r}", "hi", 42, {"k": "v"}, name="bo"))
print(list(string.Formatter().parse("a{b.c!r:>{w}}d")))
print(string.capwords("the  quick-brown fox"), string.ascii_lowercase[::5], string.digits + string.hexdigits[-6:], len(string.punctuation))
print("{:{fill}{align}{width}}".format("mid", fill="*", align="^", width=9), "{0.real} {1[2]} {k[x]}".format(3 + 4j, "abc", k={"x": 1}))
