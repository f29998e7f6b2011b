"""zlib, gzip, base64, binascii: round trips, streams, checksums, damaged data."""
import base64
import binascii
import gzip
import io
import os
import tempfile
import zlib

TEXT = ("It was a long, long road; " * 40 + "\n").encode()
NOISE = bytes((n * 7919 + 13) % 251 for n in range(997))

for level in (0, 1, 6, 9):
    packed = zlib.compress(TEXT, level)
    print(f"level {level}: smaller {len(packed) < len(TEXT)}, restored {zlib.decompress(packed) == TEXT}")
print(hex(zlib.crc32(b"123456789")), hex(zlib.adler32(b"123456789")), zlib.crc32(b"789", zlib.crc32(b"123456")) == zlib.crc32(b"123456789"), binascii.crc32(b"abc"), binascii.crc_hqx(b"123456789", 0xFFFF))

compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
raw = b"".join(compressor.compress(NOISE[i : i + 100]) for i in range(0, len(NOISE), 100)) + compressor.flush()
print(zlib.decompress(raw, -15) == NOISE)
decompressor = zlib.decompressobj()
stream = zlib.compress(TEXT) + b"trailing"
pieces = []
for i in range(0, len(stream), 7):
    pieces.append(decompressor.decompress(stream[i : i + 7]) if not decompressor.eof else b"")
print(b"".join(pieces) == TEXT, decompressor.eof, decompressor.unused_data[:1] in b"trailing")
limited = zlib.decompressobj()
head = limited.decompress(zlib.compress(TEXT), 10)
print(head, len(limited.unconsumed_tail) > 0, head + limited.decompress(limited.unconsumed_tail) + limited.flush() == TEXT)
for bad in (b"not zlib", zlib.compress(TEXT)[:-5], b""):
    try:
        zlib.decompress(bad)
    except zlib.error as error:
        print("zlib.error", end=" ")
print()

packed = gzip.compress(TEXT, mtime=0)
print(packed[:2].hex(), gzip.decompress(packed) == TEXT, gzip.decompress(packed + gzip.compress(b"more")) == TEXT + b"more")
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "log.gz")
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(f"línea {n}\n" for n in range(100))
    with gzip.open(path, "rt", encoding="utf-8") as source:
        lines = source.readlines()
        print(len(lines), lines[42].strip())
    with gzip.open(path) as source:
        source.seek(10)
        print(source.read(8), source.tell(), sum(len(line) for line in source))
    with open(path, "r+b") as damaged:
        damaged.seek(-8, os.SEEK_END)
        damaged.write(b"\0\0\0\0")
    try:
        with gzip.open(path) as source:
            source.read()
    except (gzip.BadGzipFile, EOFError) as error:
        print(type(error).__name__)
try:
    gzip.GzipFile(fileobj=io.BytesIO(b"plain text")).read()
except gzip.BadGzipFile as error:
    print(isinstance(error, OSError))

DATA = b"any carnal pleas\xff\xfe"
for name in ("b64", "urlsafe_b64", "b32", "b16", "b85", "a85"):
    encoded = getattr(base64, name + "encode")(DATA)
    print(f"{name:<12} {encoded.decode():<40} {getattr(base64, name + 'decode')(encoded) == DATA}")
print([base64.b64encode(b"abcd"[:n]) for n in range(5)], base64.b64decode("YW Jj\nZA=="), base64.encodebytes(bytes(60)).count(b"\n"), base64.b32decode("me======", casefold=True))
print(base64.b64encode(b"\xfb\xff", altchars=b"-_"), base64.a85encode(b"\0\0\0\0test", adobe=True), base64.standard_b64decode("+/8="))
for action in (lambda: base64.b64decode("abc"), lambda: base64.b64decode("ab*=", validate=True), lambda: base64.b16decode("zz"), lambda: base64.b32decode("1"), lambda: binascii.unhexlify("abc"), lambda: base64.b64encode("text")):
    try:
        action()
    except (binascii.Error, ValueError, TypeError) as error:
        print(type(error).__name__, end=" ")
print()
print(binascii.hexlify(b"\x01\xab", "-"), binascii.unhexlify("01AB"), binascii.b2a_base64(b"hi", newline=False), binascii.a2b_base64(b"aGk="), binascii.b2a_uu(b"cat"), binascii.a2b_qp(b"caf=C3=A9").decode())


def run_length(data):
    out = bytearray()
    for byte in data:
        if out and out[-1] == byte and out[-2] < 255:
            out[-2] += 1
        else:
            out += bytes((1, byte))
    return bytes(out)


def expand(data):
    return b"".join(data[i + 1 : i + 2] * data[i] for i in range(0, len(data), 2))


sample = b"a" * 300 + b"bc" + b"\0" * 5
print(run_length(sample).hex(" "), expand(run_length(sample)) == sample)
