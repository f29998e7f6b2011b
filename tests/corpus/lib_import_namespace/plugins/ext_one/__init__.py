def run(x): return x + 1
PRIORITY = 2
