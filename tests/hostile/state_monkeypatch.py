# expect: ok
# value: 1
import json, math
json.loads = None
math.pi = 3
print = None
1
