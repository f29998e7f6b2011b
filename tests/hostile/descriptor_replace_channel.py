# expect: Denied
# run: stdlib
import os
os.dup2(1, 3)
