# expect: CpuLimitExceeded
# run: cpu
import re
re.match(r'(a+)+$', 'a' * 64 + 'b')
