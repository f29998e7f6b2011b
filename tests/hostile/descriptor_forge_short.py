# expect: Denied
# run: stdlib
import os
os.write(3, b'\x02\x00\x00\x00ab')
