# expect: ok
# value: 'os'
import random
random._os.__name__
