# expect: ok
# run: stdlib
import os
status = os.system('echo out > /tmp/pyc-rs-hostile-canary')
assert status != 0
