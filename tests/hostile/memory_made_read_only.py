# expect: MemoryLimitExceeded
# run: stdlib
# What was written and then made read-only must still count.
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
size = 16 << 20
for _ in range(32):
    place = libc.mmap(None, size, 3, 0x22, -1, 0)
    if place in (None, ctypes.c_void_p(-1).value):
        raise MemoryError
    libc.memset(place, 1, size)
    libc.mprotect(place, size, 1)
