# expect: Denied
# run: stdlib
import mmap
mmap.mmap(open('/etc/passwd').fileno(), 0)
