"""Summarises a server log: levels, hours, slow requests, repeated errors."""
import os
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta

LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "log_analyser.data", "server.log")

LINE = re.compile(
    r"""
    ^(?P<when>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\s+
    (?P<level>INFO|WARN|ERROR)\s+
    (?P<unit>\w+)\s+
    (?P<text>.*)$
    """,
    re.VERBOSE,
)
REQUEST = re.compile(r"(?P<verb>GET|POST) (?P<path>\S+) (?P<code>\d{3}) (?P<ms>\d+)ms")


def read(path):
    with open(path, encoding="ascii") as log:
        for number, line in enumerate(log, 1):
            if (match := LINE.match(line.rstrip("\n"))) is None:
                yield number, None
            else:
                fields = match.groupdict()
                fields["when"] = datetime.fromisoformat(fields["when"])
                yield number, fields


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))]


levels, hours, damaged = Counter(), Counter(), []
timings = defaultdict(list)
errors = []
first = last = None
for number, entry in read(LOG):
    if entry is None:
        damaged.append(number)
        continue
    first = first or entry["when"]
    last = entry["when"]
    levels[entry["level"]] += 1
    hours[entry["when"].hour] += 1
    if request := REQUEST.fullmatch(entry["text"]):
        timings[request["path"]].append((int(request["ms"]), int(request["code"])))
    if entry["level"] == "ERROR":
        errors.append(entry)

print(f"from {first:%H:%M:%S} to {last:%H:%M:%S} ({last - first})")
print("damaged lines:", damaged)
for level in ("INFO", "WARN", "ERROR"):
    print(f"{level:<6}{levels[level]:>3} {levels[level] / levels.total():>7.1%}")
for hour in sorted(hours):
    print(f"{hour:02d}h {'*' * hours[hour]}")

print(f"{'path':<10}{'n':>3}{'max':>6}{'p50':>6}  codes")
for path, samples in sorted(timings.items()):
    millis = [ms for ms, _ in samples]
    codes = ",".join(str(code) for code in sorted({code for _, code in samples}))
    print(f"{path:<10}{len(samples):>3}{max(millis):>6}{percentile(millis, 0.5):>6}  {codes}")

for before, after in zip(errors, errors[1:]):
    gap = after["when"] - before["when"]
    if gap < timedelta(seconds=5) and before["unit"] == after["unit"]:
        print(f"burst in {before['unit']}: {gap.total_seconds():.0f}s apart")
