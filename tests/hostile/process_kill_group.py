# expect: Denied
# run: stdlib
import os
os.killpg(os.getpgrp(), 9)
