# expect: Denied
import random
random._os.open('/etc/passwd', 0)
