# expect: Denied
# run: stdlib
import ctypes
ctypes.CDLL('libm.so.6')
open('/etc/passwd')
