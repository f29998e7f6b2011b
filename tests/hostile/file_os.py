# expect: Denied
# run: stdlib
import os
os.open('/etc/passwd', os.O_RDONLY)
