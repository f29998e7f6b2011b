# expect: OutputLimitExceeded
# run: stdlib
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for _ in range(1000):
    try:
        os.write(1, b'x' * 4096)
    except OSError:
        pass
