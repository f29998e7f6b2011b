"""io: memory streams, buffering, seeking, newline modes, wrappers, raw classes."""
import io
import os
import sys
import tempfile

text = io.StringIO("one\ntwo\nthree\n")
print(text.readline(), text.tell(), text.read(2), text.readlines(), text.read(), text.seek(4), text.read(3), sep="|")
text.seek(0, io.SEEK_END)
print(text.write("four"), text.getvalue().count("\n"), text.truncate(3), repr(text.getvalue()), text.closed, text.readable(), text.seekable())
out = io.StringIO()
print("a", 1, [2], sep="-", end="!\n", file=out)
out.writelines(["x\n", "y"])
print(repr(out.getvalue()), list(io.StringIO("p\nq")), [line for line in io.StringIO("a\r\nb\rc\n", newline=None)], io.StringIO("a\r\nb", newline="").readline().encode())

raw = io.BytesIO(b"0123456789")
view = raw.getbuffer()
view[2:4] = b"XY"
del view
print(raw.read(3), raw.seek(-2, os.SEEK_END), raw.read1(5), raw.seek(2), raw.readinto(bytearray(3)), raw.tell(), raw.getvalue())
raw.seek(12)
raw.write(b"!")
print(raw.getvalue(), raw.truncate(4), raw.getvalue(), io.BytesIO(b"a\nb\n").readlines())

for newline in (None, "", "\n", "\r\n"):
    sink = io.BytesIO()
    with io.TextIOWrapper(sink, encoding="ascii", newline=newline, write_through=True) as writer:
        writer.write("a\nb\r\n")
        written = sink.getvalue()
    reader = io.TextIOWrapper(io.BytesIO(b"1\r\n2\r3\n"), encoding="ascii", newline=newline)
    print(f"{newline!r:<7} {str(written):<14} {reader.readlines()}")

wrapper = io.TextIOWrapper(io.BytesIO("é€\nx".encode()), encoding="utf-8")
position = (wrapper.read(1), wrapper.tell())[1]
rest = wrapper.read()
wrapper.seek(position)
print(repr(rest), wrapper.read() == rest, wrapper.encoding, wrapper.errors, wrapper.detach().closed)


class Upper(io.TextIOBase):
    """A text stream which keeps what is printed to it, in capitals."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, text):
        self.parts.append(text.upper())
        return len(text)


class Countdown(io.RawIOBase):
    def __init__(self, n):
        self.n = n

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.n:
            return 0
        line = f"{self.n}\n".encode()[: len(buffer)]
        buffer[: len(line)] = line
        self.n -= 1
        return len(line)


upper = Upper()
print("shout", "it", file=upper)
saved, sys.stdout = sys.stdout, upper
try:
    print("hidden")
finally:
    sys.stdout = saved
print(upper.parts, upper.readable())
print(Countdown(3).read(), io.BufferedReader(Countdown(12), 4).readline(), list(io.TextIOWrapper(io.BufferedReader(Countdown(2)), encoding="ascii")))
buffered = io.BufferedReader(io.BytesIO(b"peekaboo"))
print(buffered.peek(2)[:2], buffered.read(4), buffered.read1(2), buffered.tell())
pair = io.BufferedRWPair(io.BytesIO(b"in"), target := io.BytesIO())
pair.write(b"out")
pair.flush()
print(pair.read(), target.getvalue())

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "f.txt")
    with open(path, "w+", encoding="utf-8", newline="\n") as handle:
        print(handle.write("línea 1\nlínea 2\n"), handle.mode, os.path.basename(handle.name), handle.isatty())
        handle.seek(0)
        print(handle.readline().rstrip(), [line.strip() for line in handle])
    with open(path, "a+b", buffering=0) as handle:
        handle.write(b"tail")
        handle.seek(-6, os.SEEK_END)
        print(handle.read(), type(handle).__name__)
    with open(path, "r+", encoding="utf-8") as handle:
        handle.write("LÍ")
        handle.seek(0)
        print(handle.read(7), handle.truncate(9), os.stat(path).st_size)
    print(os.path.getsize(path))
    for mode in ("x", "rw", "q", "rb+t"):
        try:
            open(path, mode).close()
        except (OSError, ValueError) as error:
            print(mode, type(error).__name__, end="; ")
    print()
for action in (lambda: text.close() or text.read(), lambda: io.BytesIO(b"").write("x"), lambda: io.StringIO().write(b"x"), lambda: io.BytesIO().seek(-1), lambda: Upper().read(), lambda: buffered.write(b"")):
    try:
        print(action())
    except (ValueError, TypeError, OSError) as error:
        print("UnsupportedOperation" if isinstance(error, io.UnsupportedOperation) else type(error).__name__, end=" ")
print()
