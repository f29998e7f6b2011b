# expect: Denied
# run: stdlib
import os
os.setuid(0)
