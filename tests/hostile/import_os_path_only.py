# expect: ok
# value: ('a/b', False)
import os.path
(os.path.join('a', 'b'), hasattr(os, 'system'))
