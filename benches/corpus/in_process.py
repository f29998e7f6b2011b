"""Runs snippets again and again in one process, as told on stdin, and answers on stdout.

    load NAME PATH        ->  ok PRINTED (JSON) | error MESSAGE
    run NAME MODE CALLS   ->  nanoseconds per call, the median of CALLS

Each call has fresh globals and its output captured, as a call of ours has.
MODE is `exec` (exec(marshal.loads(..))) or `compile` (compile and exec)."""

import io
import json
import marshal
import sys
import time

answers = sys.stdout
sources = {}
codes = {}


def by_exec(name):
    sys.stdout = out = io.StringIO()
    exec(marshal.loads(codes[name]), {"__name__": "__main__"})
    return out.getvalue()


def by_compile(name):
    sys.stdout = out = io.StringIO()
    exec(compile(sources[name], name, "exec"), {"__name__": "__main__"})
    return out.getvalue()


MODES = {"exec": by_exec, "compile": by_compile}


def load(name, path):
    with open(path, encoding="utf-8") as file:
        sources[name] = file.read()
    codes[name] = marshal.dumps(compile(sources[name], name, "exec"))
    return by_exec(name)


def measure(call, name, calls):
    times = []
    for _ in range(calls):
        since = time.perf_counter()
        call(name)
        times.append(time.perf_counter() - since)
    times.sort()
    return times[len(times) // 2] * 1e9


for line in sys.stdin:
    words = line.split()
    try:
        if words[0] == "load":
            answer = "ok " + json.dumps(load(words[1], words[2]))
        else:
            answer = repr(measure(MODES[words[2]], words[1], int(words[3])))
    except Exception as error:
        answer = "error " + repr(error).replace("\n", " ")
    sys.stdout = answers
    print(answer, flush=True)
