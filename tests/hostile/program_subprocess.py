# expect: Denied
# run: stdlib
import subprocess
subprocess.run(['/bin/true'])
