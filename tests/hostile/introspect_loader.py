# expect: RuntimeError
# exception: FileNotFoundError
import json
json.__loader__.get_data('/etc/passwd')
open('/etc/passwd')
