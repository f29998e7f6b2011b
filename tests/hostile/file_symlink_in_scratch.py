# expect: Denied
# run: stdlib scratch
import os
os.symlink('/etc/passwd', 'link')
open('link').read()
