"""The same service as in_process.py, by Monty: a fresh session of its pool for each call."""

import json
import sys
import time

import pydantic_monty

sources = {}


def run(pool, name):
    out = pydantic_monty.CollectString()
    with pool.checkout() as session:
        session.feed_run(sources[name], print_callback=out)
    return out.output


def load(pool, name, path):
    with open(path, encoding="utf-8") as file:
        sources[name] = file.read()
    return run(pool, name)


def measure(pool, name, mode, calls):
    times = []
    for _ in range(calls):
        if mode == "paced":
            time.sleep(0.003)
        since = time.perf_counter()
        run(pool, name)
        times.append(time.perf_counter() - since)
    times.sort()
    return times[len(times) // 2] * 1e9


with pydantic_monty.Monty() as pool:
    for line in sys.stdin:
        words = line.split()
        try:
            if words[0] == "load":
                answer = "ok " + json.dumps(load(pool, words[1], words[2]))
            else:
                answer = repr(measure(pool, words[1], words[2], int(words[3])))
        except Exception as error:
            answer = "error " + repr(error).replace("\n", " ")
        print(answer, flush=True)
