# expect: OutputLimitExceeded
import sys
for _ in range(100):
    print('x' * 600)
    print('y' * 600, file=sys.stderr)
