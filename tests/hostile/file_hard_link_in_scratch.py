# expect: RuntimeError
# exception: OSError
# run: stdlib scratch
import os
os.link('/etc/passwd', 'link')
open('link').read()
