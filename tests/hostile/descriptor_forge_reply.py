# expect: Denied ok
# run: stdlib
import os
os.write(3, b'\xff' * 100)
