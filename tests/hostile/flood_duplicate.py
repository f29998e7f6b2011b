# expect: OutputLimitExceeded
# run: stdlib
import os
copy = os.dup(1)
while True:
    os.write(copy, b'x' * 4096)
