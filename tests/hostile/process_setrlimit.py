# expect: RuntimeError
# exception: ValueError
# run: stdlib
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (10 ** 6, 10 ** 6))
