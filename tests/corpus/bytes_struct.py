"""bytes, bytearray, memoryview, struct, array: binary records and a hex dump."""
import array
import struct

data = b"caf\xc3\xa9 \x00\xff"
print(data, len(data), data[0], data[-1:], data[:3], list(data[3:5]), data.hex(), data.hex("-", 2), bytes.fromhex("de ad BE ef"))
print(bytes(4), bytes([1, 2, 255]), bytes("é", "utf-16-le"), bytes(range(3)), b"a" + b"b" * 3, b"abc" < b"abd", 98 in b"abc", b"bc" in b"abc")
print(b"a,b,c".split(b","), b" x ".strip(), b"hello".replace(b"l", b"L"), b"Hello".swapcase(), b"x".join([b"1", b"2"]), b"abc".find(b"c"), b"one two".title(), b"%d-%s-%05.1f" % (5, b"x", 2.5))
print(b"abc".translate(bytes.maketrans(b"ab", b"xy"), b"c"), b"tab\there".expandtabs(8), b"\n".join([b"l1", b"l2"]).splitlines(), (258).to_bytes(2, "little"), int.from_bytes(b"\xff\xfe", "big", signed=True), (-2).to_bytes(3, signed=True))

buffer = bytearray(b"hello")
buffer[0] = ord("J")
buffer.extend(b" world")
buffer[5:6] = b"---"
del buffer[-3:]
buffer.insert(0, 33)
buffer += b"!"
print(buffer, buffer.pop(), buffer.index(b"o"), buffer.isalpha(), bytes(buffer).upper(), buffer == b"!Jello---wo")
buffer.reverse()
buffer[::2] = b"." * len(buffer[::2])
print(buffer, buffer.count(b"."))
for bad in (lambda: bytes([256]), lambda: buffer.append(-1), lambda: b"a" + "b", lambda: bytes("x"), lambda: b"abc".index(b"z"), lambda: buffer.__setitem__(slice(0, 4, 2), b"x"), lambda: bytes.fromhex("abc"), lambda: hash(buffer)):
    try:
        bad()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, end=" ")
print()

view = memoryview(buffer)
view[0] = 65
view[1:3] = b"BC"
print(bytes(view[:4]), view[::2].tobytes()[:3], view.nbytes, view.readonly, view.format, memoryview(b"ab").readonly, view[1:4].tolist(), view == buffer)
try:
    buffer.append(1)
except BufferError as error:
    print(type(error).__name__)
view.release()
buffer.append(1)
wide = memoryview(array.array("H", [1, 2, 513])).cast("B")
print(wide.tolist(), memoryview(bytes(range(12))).cast("B", [3, 4]).tolist()[1], memoryview(b"\x01\x00\x02\x00").cast("H").tolist())

RECORD = struct.Struct("<4sHhIf?x3s")
packed = RECORD.pack(b"ID", 65535, -2, 70000, 0.5, True, b"xyzw")
print(RECORD.size, packed.hex(" "), RECORD.unpack(packed))
print(struct.calcsize(">qdb"), struct.pack(">I", 1), struct.pack("<I", 1), struct.unpack("!HH", b"\x00\x01\x02\x03"), struct.pack("3B2x", 1, 2, 3), struct.pack("5p", b"ab"), struct.unpack(">e", b"\x3c\x00"))
print(list(struct.iter_unpack("<hB", b"\x01\x00\x02\xff\xff\x03")), struct.unpack_from(">H", b"\x00\x00\x12\x34", 2), struct.pack(">d", -0.1).hex(), struct.unpack("<q", b"\xff" * 8))
target = bytearray(6)
struct.pack_into(">HH", target, 1, 258, 772)
print(target)
for bad in (lambda: struct.pack("B", 300), lambda: struct.unpack("I", b"abc"), lambda: struct.pack("h", "x"), lambda: struct.calcsize("z"), lambda: struct.pack("II", 1)):
    try:
        bad()
    except struct.error as error:
        print("struct.error", end=" ")
print()

numbers = array.array("i", [3, 1, 2])
numbers.append(7)
numbers.extend(range(2))
print(numbers, numbers.tolist()[::-1], numbers.itemsize, sum(numbers), numbers[1:3], array.array("d", [0.5]).tobytes().hex())
numbers.byteswap()
print(numbers[0], array.array("b", b"\xff\x01").tolist(), numbers.index(16777216))


def hexdump(blob, width=8):
    for offset in range(0, len(blob), width):
        row = blob[offset : offset + width]
        print(f"{offset:04x}  {row.hex(' '):<{width * 3}} {''.join(chr(b) if 32 <= b < 127 else '.' for b in row)}")


def tlv_write(items):
    return b"".join(struct.pack(">BH", tag, len(value)) + value for tag, value in items)


def tlv_read(blob):
    view = memoryview(blob)
    while view:
        tag, size = struct.unpack_from(">BH", view)
        if len(view) < 3 + size:
            raise EOFError(f"tag {tag} is cut: {len(view) - 3} of {size}")
        yield tag, bytes(view[3 : 3 + size])
        view = view[3 + size :]


blob = tlv_write([(1, b"header"), (2, bytes(5)), (255, "añb".encode())])
hexdump(blob)
print(list(tlv_read(blob)))
try:
    list(tlv_read(blob[:-1]))
except EOFError as error:
    print("EOFError:", error)
