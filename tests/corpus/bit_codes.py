"""Bits: Hamming codes, shift registers, pixels, address ranges, queens on a board."""
from functools import reduce
from itertools import accumulate


def hamming_encode(nibble):
    d = [nibble >> i & 1 for i in range(4)]
    p1, p2, p4 = d[0] ^ d[1] ^ d[3], d[0] ^ d[2] ^ d[3], d[1] ^ d[2] ^ d[3]
    return sum(bit << i for i, bit in enumerate((p1, p2, d[0], p4, d[1], d[2], d[3])))


def hamming_decode(word):
    syndrome = reduce(lambda s, i: s ^ i + 1 if word >> i & 1 else s, range(7), 0)
    if syndrome:
        word ^= 1 << syndrome - 1
    return (word >> 2 & 1) | (word >> 4 & 7) << 1, syndrome


print([f"{hamming_encode(n):07b}" for n in (0, 1, 11, 15)], all(hamming_decode(hamming_encode(n) ^ 1 << i) == (n, i + 1) for n in range(16) for i in range(7)), hamming_decode(hamming_encode(9)))


def lfsr(seed, taps=(16, 14, 13, 11)):
    state = seed
    while True:
        bit = reduce(lambda acc, tap: acc ^ state >> 16 - tap, taps, 0) & 1
        state = state >> 1 | bit << 15
        yield state


generator = lfsr(0xACE1)
print([f"{next(generator):04x}" for _ in range(5)])
pixel = lambda r, g, b: r >> 3 << 11 | g >> 2 << 5 | b >> 3
unpack = lambda p: (p >> 11 << 3, (p >> 5 & 0x3F) << 2, (p & 0x1F) << 3)
print(hex(pixel(255, 128, 64)), unpack(pixel(255, 128, 64)))


def ip_range(cidr):
    address, _, length = cidr.partition("/")
    number = reduce(lambda acc, part: acc << 8 | int(part), address.split("."), 0)
    mask = (1 << 32) - (1 << 32 - int(length))
    show = lambda n: ".".join(str(n >> s & 255) for s in (24, 16, 8, 0))
    return show(number & mask), show(number | ~mask & 0xFFFFFFFF), 1 << 32 - int(length)


print(ip_range("192.168.77.130/26"), ip_range("10.0.0.1/8"), ip_range("1.2.3.4/32"))


def queens(n, columns=0, left=0, right=0):
    full = (1 << n) - 1
    if columns == full:
        return 1
    count, free = 0, full & ~(columns | left | right)
    while free:
        spot = free & -free
        free ^= spot
        count += queens(n, columns | spot, (left | spot) << 1, (right | spot) >> 1)
    return count


print([queens(n) for n in range(1, 7)], list(accumulate([3, 5, 3, 7, 5], int.__xor__)))


def parity_table():
    return "".join("01"[n.bit_count() & 1] for n in range(32))


print(parity_table(), True & False | True, True ^ True, not 1 & 2, 1 << True, bool(6 & 1), {1, 2} ^ {2, 3}, 0b11 .bit_length())
