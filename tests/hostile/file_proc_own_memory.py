# expect: Denied
open('/proc/self/mem', 'r+b')
