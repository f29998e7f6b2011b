# expect: ok
# run: stdlib
# value: 2
import os
os.closerange(0, 1000)
1 + 1
