"""Prints how much memory this process has that no other one can share: pages that were written to, in bytes."""

print('hello')
with open('/proc/self/smaps_rollup') as file:
    written = [line for line in file if line.startswith('Private_Dirty:')]
print(int(written[0].split()[1]) * 1024)
