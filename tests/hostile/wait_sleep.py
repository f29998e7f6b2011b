# expect: Timeout
# run: wall
import time
time.sleep(1000)
