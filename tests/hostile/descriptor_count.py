# expect: ok
# run: stdlib
# value: [0, 1, 2, 3]
import os
def is_open(number):
    try:
        os.dup(number)
    except OSError:
        return False
    return True
found = [number for number in range(3, 60) if not is_open(number)]
sorted(set(range(4)))
