# expect: CpuLimitExceeded
# run: cpu stdlib
import signal
signal.signal(signal.SIGXCPU, lambda *_: None)
while True:
    pass
