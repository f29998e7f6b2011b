# expect: Crashed
# run: stdlib
import ctypes
ctypes.string_at(8)
