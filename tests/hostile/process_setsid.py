# expect: Denied RuntimeError
# run: stdlib
import os
os.setsid()
