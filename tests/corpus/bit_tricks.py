"""Bits: sets as integers, Gray codes, permutations, Hamming codes, packing, LFSR."""
from functools import reduce
from itertools import accumulate, combinations, pairwise


class BitSet:
    def __init__(self, items=(), *, mask=0):
        self.mask = reduce(lambda m, i: m | 1 << i, items, mask)

    def __iter__(self):
        mask = self.mask
        while mask:
            low = mask & -mask
            yield low.bit_length() - 1
            mask ^= low

    def __contains__(self, item):
        return bool(self.mask >> item & 1)

    def __len__(self):
        return self.mask.bit_count()

    def __or__(self, other):
        return BitSet(mask=self.mask | other.mask)

    def __sub__(self, other):
        return BitSet(mask=self.mask & ~other.mask)

    def __invert__(self):
        return BitSet(mask=(1 << 8) - 1 & ~self.mask)

    def subsets(self):
        sub = self.mask
        while True:
            yield BitSet(mask=sub)
            if not sub:
                return
            sub = sub - 1 & self.mask

    def __str__(self):
        return "{" + ",".join(map(str, self)) + "}"


a, b = BitSet([1, 3, 5]), BitSet([3, 4])
print(a | b, a - b, ~a, len(a), 3 in a, 4 in a, [str(s) for s in a.subsets()])
print([n & -n for n in (12, 7, 80)], [n & n - 1 for n in (12, 8, 7)], [n > 0 and n & n - 1 == 0 for n in (1, 6, 64)], [(n ^ n >> 31) - (n >> 31) for n in (-5, 5)])
print(f"{0b1011_0010:08b} {0xF0 | 0x0F:#x} {0xFF ^ 0x55:#04x} {~0 & 0xFF} {-1 & 0xFFFF_FFFF:#X} {1 << 10 | 1 << 3:b} {0b1000 >> 2} {-9 >> 1} {5 & ~1} {6 ^ 3 | 8}")


def gray(bits):
    return [n ^ n >> 1 for n in range(1 << bits)]


def ungray(code):
    number = 0
    while code:
        number ^= code
        code >>= 1
    return number


codes = gray(3)
print([f"{c:03b}" for c in codes], all((x ^ y).bit_count() == 1 for x, y in pairwise(codes)), [ungray(c) for c in codes])


def reverse_bits(n, width=8):
    return int(f"{n:0{width}b}"[::-1], 2)


def rotate(n, by, width=8):
    by %= width
    return (n << by | n >> width - by) & (1 << width) - 1


def signed(n, width=8):
    return n - (1 << width) if n >> width - 1 else n


def interleave(x, y):
    return sum((x >> i & 1) << 2 * i | (y >> i & 1) << 2 * i + 1 for i in range(8))


def next_combination(mask):
    low = mask & -mask
    ripple = mask + low
    return ripple | (mask ^ ripple) // low >> 2


print(f"{reverse_bits(0b1101):08b} {rotate(0b1000_0001, 1):08b} {rotate(0b1, -1):08b}", signed(200), signed(100), interleave(0b11, 0b01), reverse_bits(reverse_bits(77)))
mask, masks = 0b0111, []
while mask < 1 << 5:
    masks.append(mask)
    mask = next_combination(mask)
print(len(masks), [f"{m:05b}" for m in masks[:4]], sorted(masks) == sorted(sum(1 << i for i in c) for c in combinations(range(5), 3)))


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
