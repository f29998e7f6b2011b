# expect: CpuLimitExceeded MemoryLimitExceeded
# run: cpu
import collections, itertools
collections.deque(itertools.repeat(None), maxlen=0)
