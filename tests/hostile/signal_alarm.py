# expect: Crashed
# run: stdlib
import signal
signal.alarm(1)
while True:
    pass
