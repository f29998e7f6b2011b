# expect: Denied
import io
io.open('/etc/passwd', 'rb')
