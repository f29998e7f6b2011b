# expect: RuntimeError
# exception: RecursionError
import json
json.loads('[' * 100_000)
