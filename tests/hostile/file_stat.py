# expect: Denied
# run: stdlib
import os
os.stat('/etc/passwd')
