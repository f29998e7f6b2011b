# expect: ok
# run: stdlib threads
# value: [0, 1, 4]
import threading
results = []
threads = [threading.Thread(target=lambda n=n: results.append(n * n)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sorted(results)
