"""A checker which exits with the number of problems it found, clean-up included."""
import contextlib
import sys

DOCUMENT = """\
title: report
author:
date: 2024-13-01
pages: many
colour: blue
"""


class Checker:
    known = {"title": str.strip, "author": str.strip, "date": None, "pages": str.isdigit}

    def __init__(self):
        self.problems = []

    def check(self, text):
        for number, line in enumerate(text.splitlines(), 1):
            key, _, value = (part.strip() for part in line.partition(":"))
            if key not in self.known:
                self.problems.append((number, f"unknown field {key}"))
            elif key == "date":
                self.check_date(number, value)
            elif not self.known[key](value):
                self.problems.append((number, f"bad value for {key}"))
        return not self.problems

    def check_date(self, number, value):
        year, month, day = map(int, value.split("-"))
        if not (1 <= month <= 12 and 1 <= day <= 31):
            self.problems.append((number, f"impossible date {value}"))


def fatal(status):
    try:
        sys.exit(status)
    except SystemExit as stop:
        return stop.code


@contextlib.contextmanager
def session():
    print("open")
    try:
        yield
    finally:
        print("close")


def main():
    checker = Checker()
    if not checker.check(DOCUMENT):
        for number, problem in checker.problems:
            print(f"{number}: {problem}")
    return len(checker.problems)


print([fatal(status) for status in (0, 3, None, "text", (1, 2), True)])
with session():
    try:
        sys.exit(main() + 38)
    except Exception:
        print("SystemExit is not an Exception")
    else:
        print("not reached")
    finally:
        print("finally")
print("not reached either")
