# expect: Denied
import sys
frame = sys._getframe()
while frame.f_back:
    frame = frame.f_back
frame.f_builtins['open']('/etc/passwd')
