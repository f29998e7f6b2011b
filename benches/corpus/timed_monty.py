"""Runs a program by Monty and reports its time as timed.py does."""

import sys
import time

import pydantic_monty

with open(sys.argv[1], encoding="utf-8") as file:
    source = file.read()
out = pydantic_monty.CollectString()
with pydantic_monty.Monty() as pool, pool.checkout() as session:
    session.feed_run("0")
    since = time.perf_counter()
    session.feed_run(source, print_callback=out)
    elapsed = time.perf_counter() - since
sys.stdout.write(out.output)
sys.stdout.flush()
print(int(elapsed * 1e9), file=sys.stderr)
