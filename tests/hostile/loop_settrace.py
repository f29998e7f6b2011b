# expect: CpuLimitExceeded
# run: cpu
import sys
def trace(frame, event, argument):
    while True:
        pass
sys.settrace(trace)
def traced():
    return 1
traced()
while True:
    pass
