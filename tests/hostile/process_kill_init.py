# expect: Denied
# run: stdlib
import os, signal
os.kill(1, signal.SIGTERM)
