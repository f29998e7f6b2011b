"""Bits: sets as integers, Gray codes, rotations, combinations."""
from functools import reduce
from itertools import combinations, pairwise


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
