# expect: ok
# value: 'no'
try:
    import os
    result = 'yes'
except ImportError:
    result = 'no'
result
