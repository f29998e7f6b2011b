# expect: Denied
# run: stdlib
import os
while True:
    os.fork()
