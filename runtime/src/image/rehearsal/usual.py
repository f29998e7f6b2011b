import argparse
import asyncio
import collections
import contextlib
import csv
import dataclasses
import datetime
import decimal
import enum
import functools
import io
import itertools
import json
import logging
import os
import pathlib
import random
import re
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import typing


for module in MODULES:
    try:
        __import__(module)
    except BaseException:
        pass


def attempt(work):
    try:
        work()
    except BaseException:
        traceback.print_exc()
    return work


@attempt
def arguments():
    parser = argparse.ArgumentParser(prog="tool", description="A tool.")
    parser.add_argument("name", nargs="*")
    parser.add_argument("-n", "--number", type=int, default=3, help="how many")
    parser.add_argument("--flag", action="store_true")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("show", help="show it").add_argument("what", choices=["a", "b"])
    print(parser.parse_args(["-n", "5", "--flag", "x"]))
    parser.print_help()


@attempt
def texts():
    pattern = re.compile(r"(?P<key>\w+)\s*=\s*(?P<value>[^;]+);?", re.IGNORECASE)
    found = {match["key"]: match["value"] for match in pattern.finditer("a = 1; b = two; c=3")}
    print(re.sub(r"\d+", lambda match: str(int(match[0]) + 1), "1 and 22"), re.split(r"[,;]\s*", "a, b;c"))
    text = json.dumps({"found": found, "list": [1, 2.5, None, True, "\u20ac"]}, indent=2, sort_keys=True)
    print(json.loads(text), textwrap.dedent("  a\n  b"), textwrap.fill("word " * 40, 40))
    rows = list(csv.DictReader(io.StringIO("a,b\n1,2\n3,4\n")))
    csv.writer(io.StringIO()).writerows(row.values() for row in rows)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Flags(enum.IntFlag):
    A = 1
    B = 2


class Point(typing.NamedTuple):
    x: int
    y: int = 0


@dataclasses.dataclass(order=True)
class Item:
    name: str
    price: float = 1.0
    tags: list = dataclasses.field(default_factory=list)


@attempt
def classes():
    print(Colour.RED, Colour(2).name, list(Colour), Flags.A | Flags.B, Point(1)._replace(y=3))
    items = sorted([Item("b", 2), Item("a")])
    print(dataclasses.asdict(items[0]), items[0] == Item("a"), repr(items))
    counts = collections.Counter("mississippi")
    groups = collections.defaultdict(list, {"a": [1]})
    print(counts.most_common(2), groups, collections.deque([1, 2], 3), collections.OrderedDict(a=1))
    print(list(itertools.chain.from_iterable(itertools.combinations("abc", 2))), functools.reduce(max, [1, 3, 2]))


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@contextlib.contextmanager
def timed(name):
    start = time.perf_counter()
    yield
    print(name, time.perf_counter() - start)


@attempt
def numbers():
    with timed("numbers"):
        print(fibonacci(20), decimal.Decimal("1.10") * 3 / 7, round(2.675, 2), 2**100, divmod(17, 5))
        decimal.getcontext().prec = 10
        print(decimal.Decimal(2).sqrt(), random.Random(1).random(), random.choice([1, 2]))
        print(datetime.datetime(2024, 2, 29, 12).isoformat(), datetime.timedelta(days=1), datetime.date.today())
        print(datetime.datetime.strptime("2024-01-02", "%Y-%m-%d").strftime("%d %b"))


@attempt
def surroundings():
    path = pathlib.Path(os.getcwd()) / "folder" / "file.txt"
    print(path.suffix, path.parent.name, path.exists(), os.path.join("a", "b"), os.environ.get("HOME"))
    print(subprocess.run([os.devnull], check=False))


@attempt
def logs():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("tool").info("it is %s", "done")
    try:
        raise ValueError("wrong")
    except ValueError:
        logging.exception("failed")


@attempt
def concurrency():
    async def wait(n):
        await asyncio.sleep(0)
        return n

    async def main():
        print(await asyncio.gather(*(wait(n) for n in range(3))))
        queue = asyncio.Queue()
        await queue.put(1)
        print(await asyncio.wait_for(queue.get(), 1))

    asyncio.run(main())
    thread = threading.Thread(target=wait, args=(1,))
    thread.start()
    thread.join()
