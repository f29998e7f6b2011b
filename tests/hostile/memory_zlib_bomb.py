# expect: MemoryLimitExceeded
import zlib
data = b'\0' * 10 ** 7
for _ in range(3):
    data = zlib.compress(data)
bomb = zlib.compress(b'\0' * 30_000_000)
[zlib.decompress(bomb) for _ in range(100)]
