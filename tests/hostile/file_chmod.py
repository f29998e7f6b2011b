# expect: Denied
# run: stdlib
import os
os.chmod('/tmp', 0o777)
