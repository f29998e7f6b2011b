# expect: RuntimeError Crashed
# exception: RecursionError
import json
json.loads('[' * 100_000)
