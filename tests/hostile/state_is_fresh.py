# expect: ok
# value: (True, True)
import json, math
(callable(json.loads), math.pi > 3.1)
