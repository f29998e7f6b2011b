"""hashlib, hmac, and small check-sum algorithms written by hand."""
import hashlib
import hmac
import io
from functools import reduce

MESSAGE = "The quick brown fox jumps over the lazy dog".encode()
for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
    digest = hashlib.new(name, MESSAGE)
    print(f"{name:<9} {digest.digest_size:>3} {digest.block_size:>4} {digest.hexdigest()[:32]}")
print(hashlib.shake_128(b"x").hexdigest(8), hashlib.sha256().hexdigest()[:16], {"md5", "sha256"} <= hashlib.algorithms_guaranteed)

whole = hashlib.sha256(MESSAGE)
parts = hashlib.sha256()
for start in range(0, len(MESSAGE), 5):
    parts.update(MESSAGE[start : start + 5])
branch = parts.copy()
branch.update(b".")
print(parts.digest() == whole.digest(), branch.hexdigest() != parts.hexdigest(), parts.name)
print(hashlib.blake2b(b"data", digest_size=8, key=b"k", person=b"me").hexdigest(), hashlib.blake2s(b"", salt=b"s").hexdigest()[:8])
print(hashlib.file_digest(io.BytesIO(MESSAGE), "sha1").hexdigest())
print(hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 100).hex()[:40])
for bad in (lambda: hashlib.new("no-such-hash"), lambda: hashlib.md5("text")):
    try:
        bad()
    except (ValueError, TypeError) as error:
        print(type(error).__name__)

mac = hmac.new(b"key", MESSAGE, "sha256")
print(mac.hexdigest(), mac.name, hmac.compare_digest(mac.digest(), hmac.digest(b"key", MESSAGE, "sha256")))
print(hmac.compare_digest("abc", "abd"), hmac.new(b"k" * 200, b"", hashlib.md5).hexdigest())


def fnv1a(data):
    return reduce(lambda h, byte: (h ^ byte) * 0x01000193 & 0xFFFFFFFF, data, 0x811C9DC5)


def crc8(data, polynomial=0x07):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & 0x80 else crc << 1) & 0xFF
    return crc


def luhn(number):
    digits = [int(c) for c in reversed(number) if c.isdigit()]
    return sum(digits[::2] + [d * 2 - 9 * (d > 4) for d in digits[1::2]]) % 10 == 0


def isbn13(text):
    digits = [int(c) for c in text if c.isdigit()]
    return len(digits) == 13 and sum(d * (1, 3)[i % 2] for i, d in enumerate(digits)) % 10 == 0


print(f"{fnv1a(b'hello'):08x} {crc8(b'123456789'):02x}", luhn("4539 1488 0343 6467"), luhn("8273 1232 7352 0569"), isbn13("978-0-306-40615-7"))


class Merkle:
    """A tree of hashes, with proofs that a leaf belongs to it."""

    def __init__(self, leaves):
        self.levels = [[self.hash(b"\0" + leaf) for leaf in leaves]]
        while len(level := self.levels[-1]) > 1:
            level = level + level[-1:] * (len(level) % 2)
            self.levels.append([self.hash(b"\1" + a + b) for a, b in zip(level[::2], level[1::2])])

    @staticmethod
    def hash(data):
        return hashlib.sha256(data).digest()

    @property
    def root(self):
        return self.levels[-1][0]

    def proof(self, index):
        for level in self.levels[:-1]:
            sibling = min(index ^ 1, len(level) - 1)
            yield index & 1, level[sibling]
            index >>= 1

    @classmethod
    def verify(cls, leaf, proof, root):
        node = cls.hash(b"\0" + leaf)
        for right, sibling in proof:
            node = cls.hash(b"\1" + (sibling + node if right else node + sibling))
        return node == root


leaves = [word.encode() for word in "one two three four five".split()]
tree = Merkle(leaves)
print(tree.root.hex()[:24], [len(level) for level in tree.levels], all(Merkle.verify(leaf, tree.proof(i), tree.root) for i, leaf in enumerate(leaves)), Merkle.verify(b"six", tree.proof(1), tree.root))
