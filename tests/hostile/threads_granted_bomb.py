# expect: RuntimeError MemoryLimitExceeded Crashed Timeout Denied
# run: stdlib threads wall
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(1000,)).start()
