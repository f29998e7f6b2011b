# expect: MemoryLimitExceeded
# run: stdlib
import mmap
maps = [mmap.mmap(-1, 10 ** 8) for _ in range(100)]
[m.write(b'x' * 10 ** 8) for m in maps]
