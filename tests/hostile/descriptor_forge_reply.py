# expect: Denied
# run: stdlib
import os
os.write(3, b'\xff' * 100)
