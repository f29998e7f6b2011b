# expect: Denied
# run: stdlib
import os
os.kill(-1, 9)
