# expect: Denied
# run: stdlib
import os
open(f'/proc/{os.getppid()}/mem', 'rb')
