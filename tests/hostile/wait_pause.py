# expect: Timeout
# run: wall stdlib
import signal
signal.pause()
