"""Unicode: normal forms, case folding, categories, clusters, display width."""
import unicodedata as ud

CAFE = "cafe\u0301"
print(len(CAFE), CAFE == "caf\u00e9", ud.normalize("NFC", CAFE) == "caf\u00e9", len(ud.normalize("NFD", "caf\u00e9")))
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    text = ud.normalize(form, "\ufb01\u00bd\u212b\u00c7")
    print(form, len(text), [f"{ord(c):04x}" for c in text], ud.is_normalized(form, "\u00e9"))

print([ud.name(c) for c in "aß\u20ac\u3042"], ud.lookup("SNOWMAN"), ud.name("\x00", "unnamed"), "\N{GREEK SMALL LETTER ALPHA}")
print([ud.category(c) for c in "aA1 _-+$\u0301\u3042\n\u00ab"], ud.combining("\u0301"), ud.decomposition("\u00e9"), ud.mirrored("("))
print([(c, ud.numeric(c), ud.digit(c, None), ud.decimal(c, None)) for c in "7\u00bd\u00b2\u0663\u2167"])
print([ud.bidirectional(c) for c in "a\u05d01"], [ud.east_asian_width(c) for c in "a\u3042\uff21\uff71"])

print("Straße".casefold(), "Straße".upper(), "STRASSE".casefold() == "straße".casefold(), "ΣΊΣΥΦΟΣ".lower(), "ǆ".title())
print("\u0130".lower().encode("unicode_escape"), "ﬃ".upper(), "ŉ".upper().encode("ascii", "namereplace"), "éA".swapcase())
print("٣٤".isdigit(), int("٣٤"), float("１.５"), "½".isnumeric(), "½".isdecimal(), "²".isdigit(), "Ⅷ".isalpha(), "x²".isidentifier())
print(["\u00a0x\u2003".strip(), "a\u2028b\x85c\x1cd".splitlines(), "\u3000a\u00a0b".split(), "\u200bx".strip() == "x"])
print("naïve_ñ".isidentifier(), "2x".isidentifier(), "日本".isalpha(), "\t".isprintable(), repr("\u200b\xad\x7f\ue000é"), ascii("é\u3042\U0001f600"))


def clusters(text):
    """A rough grouping of what a reader sees as one character."""
    out = []
    join = False
    for char in text:
        point = ord(char)
        extends = ud.combining(char) or ud.category(char) in ("Mn", "Me") or 0x1F3FB <= point <= 0x1F3FF or char == "\u200d"
        flag = 0x1F1E6 <= point <= 0x1F1FF
        if out and (extends or join or (flag and len(out[-1]) == 1 and 0x1F1E6 <= ord(out[-1]) <= 0x1F1FF)):
            out[-1] += char
        else:
            out.append(char)
        join = char == "\u200d"
    return out


def width(text):
    return sum(0 if ud.combining(c) else 2 if ud.east_asian_width(c) in "WF" else 1 for c in text)


samples = ["e\u0301o", "\U0001f469\u200d\U0001f680!", "\U0001f1eb\U0001f1f7\U0001f1ee\U0001f1f9", "\U0001f44d\U0001f3fdx", "\u3042ｱA"]
for sample in samples:
    print(len(sample), len(clusters(sample)), len(sample.encode("utf-8")), len(sample.encode("utf-16-le")) // 2, width(sample))
print("".join(reversed(clusters("ae\u0301i"))) == "ie\u0301a", "ae\u0301i"[::-1] == "ie\u0301a")


def slug(text):
    plain = ud.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.lower()).split())


print([slug(t) for t in ("Crème Brûlée!", "Ångström №5", "  ﬁne—print ", "日本")])
words = ["zebra", "Äpfel", "apfel", "Zebra", "éclair", "eclair", "ñu", "nu"]
print(sorted(words), sorted(words, key=lambda w: (ud.normalize("NFD", w).casefold(), w)), sep="\n")
print(sorted(words, key=lambda w: (slug(w), w)))

table = str.maketrans({"ä": "ae", "ß": "ss", "x": None, 0x2014: "-", "é": 0x65})
print("täxßé—".translate(table), "hello".translate(str.maketrans("el", "ip", "o")), str.maketrans("ab", "cd"))
print("a\U0001f600b"[1], len("a\U0001f600b"), "\U0001f600" > "\uffff", max("a\U0001f600\uffee"), hex(ord("\U0001f600")), chr(0x1F600) == "😀")
print(f"{'é':>3}|{CAFE:<6}|{'日本':^6}|{'😀':*^5}|", "%5s|%-4r|%c" % ("é", "ñ", 0x3042), "😀".join("ab"), "日本語".find("語"), "éé".count("é"))
größe, 变量, ﬁ = 1, 2, 3
print(größe + 变量, "fi" in globals(), sorted(k for k in globals() if not k.isascii()))
