# expect: Crashed Denied RuntimeError
# run: stdlib
import ctypes
ctypes.string_at(0)
