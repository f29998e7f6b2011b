# expect: Crashed
# run: stdlib
import os
os.abort()
