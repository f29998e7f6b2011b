# expect: Denied
# run: stdlib
import os
os.kill(os.getppid(), 9)
