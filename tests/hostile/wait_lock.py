# expect: Timeout
# run: wall stdlib
import threading
lock = threading.Lock()
lock.acquire()
lock.acquire()
