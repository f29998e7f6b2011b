# expect: ok
import random
print(random.random())
