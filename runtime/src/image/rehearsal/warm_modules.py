import argparse
import collections
import csv
import datetime
import functools
import io
import itertools
import json
import logging
import os.path
import pathlib
import random
import re
import sys
import textwrap


def arguments():
    parser = argparse.ArgumentParser(prog="tool", description="A tool.")
    parser.add_argument("name", nargs="?", default="name", help="a name")
    parser.add_argument("-n", "--number", type=int, default=3, help="how many")
    parser.add_argument("--flag", action="store_true")
    print(parser.parse_args(["-n", "5", "--flag", "x"]), parser.parse_args([]).number)
    print(len(parser.format_help()))


def texts():
    pattern = re.compile(r"(?P<key>\w+)\s*=\s*(?P<value>[^;]+);?", re.IGNORECASE)
    found = {match["key"]: match.group(2) for match in pattern.finditer("a = 1; b = two; c=3")}
    print(re.findall(r"[a-z]+", "one two"), re.match("(a|b)+?", "ab").span(), re.search(r"^\d{2,}$", "x"))
    print(re.sub(r"\d+", lambda match: str(int(match[0]) + 1), "1 and 22"), re.split(r"[,;]\s*", "a, b;c"))
    text = json.dumps({"found": found, "list": [1, 2.5, None, True, "\u20ac"]}, indent=2, sort_keys=True)
    print(json.loads(text), json.dumps(found), json.dumps([1, "a"]), textwrap.dedent("  a\n  b"))
    rows = list(csv.DictReader(io.StringIO("a,b\n1,2\n3,4\n")))
    csv.writer(io.StringIO()).writerows(row.values() for row in rows)
    re.purge()


def containers():
    counts = collections.Counter("mississippi")
    groups = collections.defaultdict(list, {"a": [1]})
    groups["b"].append(2)
    print(counts.most_common(2), groups, collections.deque([1, 2], 3), collections.OrderedDict(a=1))
    print(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:2], functools.reduce(max, [1, 3, 2]))
    print(list(itertools.chain.from_iterable(itertools.combinations("abc", 2))))


def values():
    print(random.Random(1).random())
    print(datetime.datetime(2024, 2, 29, 12).isoformat(), datetime.timedelta(days=1))
    path = pathlib.PurePosixPath("/home") / "folder" / "file.txt"
    print(path.suffix, path.parent.name, os.path.join("a", "b"), os.path.basename("a/b"))
    record = logging.LogRecord("tool", logging.INFO, "tool.py", 1, "it is %s", ("done",), None)
    print(logging.Formatter("%(levelname)s %(name)s %(message)s").format(record), file=sys.stderr)


for work in arguments, texts, containers, values:
    work()
