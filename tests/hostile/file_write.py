# expect: Denied
# run: stdlib
open('/tmp/pyc-rs-hostile-canary', 'w').write('here')
