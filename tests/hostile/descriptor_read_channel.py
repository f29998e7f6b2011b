# expect: Timeout
# run: stdlib wall
import os
os.read(3, 1)
