# expect: Denied
# run: stdlib scratch
import os
open('here', 'w').close()
os.rename('here', '/tmp/pyc-rs-hostile-canary')
