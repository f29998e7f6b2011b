# expect: Crashed
# run: stdlib
import faulthandler
faulthandler._sigsegv()
