# expect: ok
# run: stdlib
# value: []
import os
sorted(os.environ)
