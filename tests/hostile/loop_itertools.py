# expect: CpuLimitExceeded
# run: cpu
import itertools
for _ in itertools.count():
    pass
