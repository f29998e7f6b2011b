# expect: Denied
# run: stdlib
import os
os.posix_spawn('/bin/true', ['true'], {})
