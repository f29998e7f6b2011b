# expect: Denied
open('/proc/self/environ', 'rb').read()
