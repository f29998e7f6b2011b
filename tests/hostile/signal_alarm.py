# expect: Crashed RuntimeError
# run: stdlib
import signal
signal.alarm(1)
while True:
    pass
