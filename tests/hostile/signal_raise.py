# expect: Crashed
# run: stdlib
import signal
signal.raise_signal(signal.SIGTERM)
