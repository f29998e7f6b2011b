# expect: Denied
# run: stdlib
import os
os.close(3)
