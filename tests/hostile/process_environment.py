# expect: ok
# run: stdlib
# value: []
import os
sorted(name for name in os.environ if name not in ('MIMALLOC_ARENA_EAGER_COMMIT',))
