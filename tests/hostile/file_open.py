# expect: Denied
open('/etc/passwd').read()
