# expect: Crashed RuntimeError
# run: stdlib
import faulthandler
faulthandler._sigsegv()
