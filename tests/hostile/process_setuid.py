# expect: Denied RuntimeError
# run: stdlib
import os
os.setuid(0)
