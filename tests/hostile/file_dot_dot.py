# expect: Denied
open('../' * 20 + 'etc/passwd')
