# expect: Denied
import io
io.FileIO('/etc/passwd')
