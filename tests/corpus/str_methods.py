"""String methods, slicing, formatting mini-language, old style formatting."""

s = "  The quick, brown fox; jumps.  "
print([s.strip(), s.lstrip(), s.rstrip()[-6:], s.strip(" .T"), "xxabxx".strip("x"), "www.site.com".lstrip("w.").rstrip("moc.")])
print("a,b,,c".split(","), "a,b,,c".split(",", 1), "a,b,,c".rsplit(",", 1), " a  b ".split(), " a  b ".split(" "), "".split(), "".split(","))
print("key=value=x".partition("="), "key=value=x".rpartition("="), "none".partition("="), "one\ntwo\r\nthree\n".splitlines(), "a\nb\n".splitlines(True))
print("Hello".center(11, "*"), "7".zfill(3), "-7".zfill(4), "+7".zfill(2), "ab".ljust(5) + "|", "ab".rjust(5, "."), "a\tb".expandtabs(4), "01\t012\t0123".expandtabs())
print("spam".replace("a", "u"), "aaaa".replace("a", "b", 2), "abc".replace("", "-"), "prefix-name".removeprefix("prefix-"), "name.py".removesuffix(".py"), "x".removesuffix(""))
print("hello world".title(), "they're here".title(), "hELLO".capitalize(), "Ab1".swapcase(), "x".join(["1"]), "-".join("abc"), "".join(reversed("abc")))
print("banana".find("an"), "banana".rfind("an"), "banana".find("x"), "banana".index("n", 3), "banana".count("ana"), "banana".count(""), "banana".find("", 10), "a" in "cat", "" in "")
print("file.tar.gz".endswith((".zip", ".gz")), "abc".startswith("b", 1), "abc".startswith(("x", "ab")), "a" < "b" < "ba", "Z" < "a", "abc" * 0 == "")
print([name for name in ("isalpha", "isdigit", "isalnum", "isspace", "islower", "isupper", "istitle", "isascii") if getattr("Abc", name)()], "ABC1".isupper(), "".isalpha(), "1".islower())
t = "abcdefghij"
print(t[2:5], t[-3:], t[:-7], t[::3], t[::-2], t[8:2:-3], t[100:], t[-100:2], t[5:2], t[slice(1, None, 4)], t[True])
try:
    "abc".index("z")
except ValueError as error:
    print(type(error).__name__, error)
try:
    "abc"[5]
except IndexError as error:
    print(type(error).__name__)
try:
    t[::0]
except ValueError as error:
    print(type(error).__name__)

print(f"{3.14159:.2f}|{42:5d}|{42:<5d}|{42:^5d}|{42:05d}|{-42:=6d}|{42:+d}|{42: d}|{1234567:,}|{1234567:_}|{255:#x}|{255:#010b}|{255:o}|{65:c}")
print(f"{1e10:g}|{1e-5:g}|{0.00012345:.3g}|{123456789.0:.3e}|{0.5:%}|{0.123:.1%}|{float('nan'):>5}|{float('-inf'):+}|{1.5:08.3f}|{100.0:#.0f}|{2.0:.0f}|{-0.0:z.1f}|{1234.5:_.2f}")
print(f"{'text':>8}|{'text':-<8}|{'text':=^9}|{'truncate':.4}|{'x':>{3}}|{'abc'!r:>7}|{'é'!a}|{True:d}|{True}|{None!s:>6}|{[1]!s:<5}|")
print("{} {} {}".format(1, "b", 2.5), "{1} {0} {1}".format("a", "b"), "{name:>{width}}".format(name="n", width=4), "{0[1]} {0[key]}".format({"key": "v", 1: "one"}), "{{}} {:{}}".format(5, "03"))
print("%s %r %a" % ("é", "é", "é"), "%5.1f|%-5d|%05d|%+d|%x|%X|%#o|%e|%g|%c%c|%%" % (2.25, 42, 42, 42, 255, 255, 8, 12345.678, 1e-7, "A", 66))
print("%(a)s-%(b)03d" % {"a": 1, "b": 2}, "%*d|%-*d|%.*f" % (5, 1, 4, 2, 2, 3.14159), "%s" % (("tuple",),), "%.3s|%5.2s|" % ("abcdef", "xyz"), "%i" % 3.99)
for bad in (lambda: "%d" % "x", lambda: "%s %s" % ("a",), lambda: "%s" % (1, 2), lambda: "{}{}".format(1), lambda: "{a}".format(), lambda: f"{'x':d}", lambda: "{:d}".format(1.5), lambda: "{0} {}".format(1, 2), lambda: "%q" % 1, lambda: "{".format(), lambda: f"{3:.2d}"):
    try:
        print(bad())
    except (TypeError, ValueError, LookupError) as error:
        print(type(error).__name__, end=" ")
print()


def box(lines, style="─│┌┐└┘"):
    h, v, tl, tr, bl, br = style
    width = max(map(len, lines))
    return "\n".join([tl + h * (width + 2) + tr, *(f"{v} {line:^{width}} {v}" for line in lines), bl + h * (width + 2) + br])


print(box(["MENU", "1. new game", "2. quit"]))
print(box(["a"], "-|++++"))


def caesar(text, shift):
    def turn(char):
        base = ord("A") if char.isupper() else ord("a")
        return chr((ord(char) - base + shift) % 26 + base) if char.isascii() and char.isalpha() else char
    return "".join(map(turn, text))


def palindrome(text):
    letters = [c for c in text.casefold() if c.isalnum()]
    return letters == letters[::-1]


def roman(n):
    out = []
    for value, letters in zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "M CM D CD C XC L XL X IX V IV I".split()):
        times, n = divmod(n, value)
        out.append(letters * times)
    return "".join(out)


print(caesar("Hello, Wörld!", 3), caesar(caesar("abcxyz", 5), -5), palindrome("A man, a plan, a canal: Panama"), palindrome("no"))
print([roman(n) for n in (4, 9, 14, 40, 1994, 2024, 3999)])
print("con" "cat" 'ena' """ted""", "esc\x41\u0042\103\N{DIGIT ONE}\
 joined", r"raw\n", len("\\"), 'it\'s "q"', repr('it\'s "q"'), repr("\r\n\t\x00\x1b"), "a" 'b' * 2)
