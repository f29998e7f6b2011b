# expect: Denied
# run: stdlib threads
import os
os.fork()
