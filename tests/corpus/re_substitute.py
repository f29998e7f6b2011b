"""Substitution, splitting, look-around, flags and backtracking."""
import re

# Functions as replacements
def shout(match):
    return match[0].upper() if match.start() % 2 == 0 else match[0].title()

print(re.sub(r"\b\w+\b", shout, "the cat sat on a mat"))
print(re.sub(r"(\w+), (\w+)", r"\2 \1", "Lovelace, Ada; Hopper, Grace"))
print(re.sub(r"(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})", r"\g<y>-\g<m>-\g<d>", "on 05/11/2023 and 06/11/2023"))
print(re.subn(r"a", "<\\g<0>>", "banana", count=2))
print(re.sub(r"x*", "-", "abxd"))


def thousands(digits):
    return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", "_", digits)

print([thousands(str(10**n)) for n in range(8)])


def snake(name):
    return re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()

print([snake(n) for n in ("HTTPServer", "parseHTMLNow", "simple", "getX", "ABC")])


def camel(name):
    head, *tail = name.split("_")
    return head + "".join(map(str.capitalize, tail))

print([camel(n) for n in ("http_server", "one", "a_b_c")])

TEMPLATE = "Dear ${name}, you owe ${amount:.2f} ${currency|EUR}; ${unknown}"
def expand(template, **values):
    def one(match):
        key, spec, default = match.group("key", "spec", "default")
        if key in values:
            return format(values[key], spec or "")
        return default if default is not None else match[0]
    return re.sub(r"\$\{(?P<key>\w+)(?::(?P<spec>[^}|]*))?(?:\|(?P<default>[^}]*))?\}", one, template)

print(expand(TEMPLATE, name="Bo", amount=12.5))

# Splitting
print(re.split(r"\s*[,;]\s*", "a , b;c ;d"))
print(re.split(r"([-+])", "1+2-3"), re.split(r",", "a,b,c,d", maxsplit=2))
print(re.split(r"(?=[A-Z])", "oneTwoThree"), re.split(r"\b", "hi, you"))

# Flags, greedy and lazy, atomic and possessive
text = "<b>one</b><B>two</B>\n<b>three\nfour</b>"
print(re.findall(r"<b>.*</b>", text), re.findall(r"<b>(.*?)</b>", text, re.I))
print(re.findall(r"<b>(.*?)</b>", text, re.DOTALL))
print(re.findall(r"^<.", text, re.M), re.findall(r"(?i:<B>)t\w+", text))
print(re.search(r"(?>a+)ab", "aaab"), re.search(r"a++b", "aaab").group())
print(re.findall(r"\w+", "naïve façade", re.ASCII), re.findall(r"\w+", "naïve façade"))
print(re.findall(rb"[\x80-\xff]+", "naïve".encode()), re.fullmatch(r"a|ab", "ab").group())
print(re.findall(r"(a)|(b)", "abc"), re.search(r"(a)?(b)?c", "bc").groups("-"))
print(re.match(r"(?P<q>\()?\d+(?(q)\))$", "(12)"), re.match(r"(\()?\d+(?(1)\))$", "(12"))

conditional = re.compile(r"^(?:(?P<year>\d{4})-)?(?P<month>1[0-2]|0[1-9])$")
for sample in ("2024-07", "11", "13", "024-07"):
    found = conditional.match(sample)
    print(sample, found and found.groupdict())

print(re.escape("a.b*c[d] e-f"), re.compile("A(?#comment)b", re.I | re.X).flags & re.I)
for bad in ("(", "a**", "[z-a]", r"\1", "(?P<1>x)", "(?<=a+)b"):
    try:
        re.compile(bad)
    except re.error as error:
        print("bad pattern", bad, "at", error.pos)
