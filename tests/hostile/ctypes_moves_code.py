# expect: ok
# run: stdlib
# Code that is moved to where the zygote's gate was could do what the zygote may.
import ctypes
libc = ctypes.CDLL(None)
libc.mremap.restype = ctypes.c_void_p
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]
code = ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095
moved = libc.mremap(code, 4096, 4096, 3, 0x700000000000)
assert moved == ctypes.c_void_p(-1).value, hex(moved)
