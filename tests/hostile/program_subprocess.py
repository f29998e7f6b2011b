# expect: Denied RuntimeError
# run: stdlib
import subprocess
subprocess.run(['/bin/true'])
