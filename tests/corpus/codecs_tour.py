"""Encoding and decoding: many codecs, error handlers, incremental decoding."""
import codecs
import io

TEXT = "Grüße, Ω, жук, 日本, €5"
for codec in ("utf-8", "utf-16", "utf-16-be", "utf-32-le", "utf-8-sig", "latin-1", "cp1252", "iso8859-15", "koi8-r", "cp437", "ascii", "mac-roman"):
    try:
        data = TEXT.encode(codec)
        print(f"{codec:<11} {len(data):>3} {data.decode(codec) == TEXT} {data[:6].hex(' ')}")
    except UnicodeEncodeError as error:
        print(f"{codec:<11} cannot encode {error.object[error.start]!r} at {error.start}")

for handler in ("ignore", "replace", "xmlcharrefreplace", "backslashreplace", "namereplace"):
    print(f"{handler:<18}", "é→ж".encode("latin-1", handler), "é→ж".encode("ascii", handler))
BAD = b"ok \xff\xe9t\xc3 \xe2\x82 end\xf0\x9f"
for handler in ("ignore", "replace", "backslashreplace", "surrogateescape"):
    print(f"{handler:<18}", ascii(BAD.decode("utf-8", handler)))
for data in (BAD, b"\xc0\x80", b"\xed\xa0\x80", b"\xf5", b"abc\xe2\x82"):
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        print(error.encoding, error.start, error.end, error.object[error.start : error.end])

name = b"file-\xff\xfe.txt".decode("utf-8", "surrogateescape")
print(ascii(name), name.encode("utf-8", "surrogateescape"), ascii("\ud83d\ude00"), "\ud83d".encode("utf-8", "surrogatepass"))
print("\ud83d\ude00".encode("utf-16-le", "surrogatepass").decode("utf-16-le"))
for action in (lambda: name.encode("utf-8"), lambda: b"x".decode("no-such"), lambda: "é".encode("ascii", "no-such"), lambda: b"\x00\xd8".decode("utf-16-le")):
    try:
        print(action())
    except (UnicodeError, LookupError) as error:
        print(type(error).__name__)


def in_brackets(error):
    if isinstance(error, UnicodeEncodeError):
        return "".join(f"[{ord(c):X}]" for c in error.object[error.start : error.end]), error.end
    return "".join(f"<{b:02x}>" for b in error.object[error.start : error.end]), error.end


codecs.register_error("brackets", in_brackets)
print("naïve ☃☃".encode("ascii", "brackets"), b"a\xffb".decode("ascii", "brackets"), codecs.lookup_error("brackets") is in_brackets)

decoder = codecs.getincrementaldecoder("utf-8")()
print([decoder.decode(bytes([byte])) for byte in "é€😀".encode()], repr(decoder.decode(b"", final=True)))
encoder = codecs.getincrementalencoder("utf-16")()
print([encoder.encode(letter).hex() for letter in "ab"])
print(list(codecs.iterdecode([b"\xe6\x97", b"\xa5\xe6", b"\x9c\xac"], "utf-8")), b"".join(codecs.iterencode("aé", "latin-1")))

print(codecs.encode("Hello", "rot13"), codecs.decode("68656c6c6f", "hex"), codecs.encode(b"hi there", "base64"), "\\x41\\u00e9\\n".encode().decode("unicode_escape"))
print("tab\té\U0001f600".encode("unicode_escape"), "é\u20ac".encode("raw_unicode_escape"), "bücher.example".encode("idna"), b"xn--bcher-kva".decode("idna"), "bücher".encode("punycode"))
print(codecs.lookup("UTF8").name, codecs.lookup("Latin1").name, codecs.lookup("l1").name, codecs.BOM_UTF8, codecs.BOM_UTF16_BE, b"\xef\xbb\xbfx".decode("utf-8-sig"), ascii(b"\xef\xbb\xbfx".decode()))

raw = io.BytesIO("première\nseconde\r\ntroisième".encode("cp1252"))
reader = codecs.getreader("cp1252")(raw)
print([line.rstrip("\r\n") for line in reader])
sink = io.BytesIO()
writer = io.TextIOWrapper(sink, encoding="utf-16-le", newline="\r\n", errors="replace")
writer.write("a\né")
writer.flush()
print(sink.getvalue().hex(" "))


def sniff(data):
    for mark, codec in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return codec, data.decode(codec)
    for codec in ("ascii", "utf-8", "cp1252"):
        try:
            return codec, data.decode(codec)
        except UnicodeDecodeError:
            continue


print([sniff(d) for d in (b"plain", "é".encode(), "é".encode("latin-1"), "é".encode("utf-8-sig"), codecs.BOM_UTF16_BE + "é".encode("utf-16-be"))])
print("mojibake:", "naïve".encode().decode("latin-1"), "->", "naïve".encode().decode("latin-1").encode("latin-1").decode())
