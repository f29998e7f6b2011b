# expect: ok
# run: stdlib
# A page that is only read costs nothing, but the kernel keeps a table for each two megabytes.
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
size = 1 << 40
place = libc.mmap(None, size, 1, 0x22, -1, 0)
assert place == ctypes.c_void_p(-1).value, 'the tables would take two gigabytes'
