# expect: Denied
(lambda: 0).__globals__['__builtins__']['open']('/etc/passwd')
