# expect: Denied
# run: stdlib scratch
import os
os.chdir('/etc')
open('passwd').read()
