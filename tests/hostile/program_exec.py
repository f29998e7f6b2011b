# expect: Denied
# run: stdlib
import os
os.execv('/bin/true', ['true'])
