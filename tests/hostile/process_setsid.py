# expect: Denied
# run: stdlib
import os
os.setsid()
