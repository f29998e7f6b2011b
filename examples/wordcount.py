"""Counts the words of files, most frequent first.

    pyc-rs run examples/wordcount.py README.md --top 3
"""

import argparse
import collections
import pathlib
import re


def words(path):
    return re.findall(r"[a-z']+", path.read_text(encoding="utf-8").lower())


def main():
    parser = argparse.ArgumentParser(description="Counts the words of files.")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--top", type=int, default=5, help="how many words to show (default 5)")
    options = parser.parse_args()
    counts = collections.Counter()
    for path in options.files:
        counts.update(words(path))
    for word, count in counts.most_common(options.top):
        print(f"{count:6} {word}")


if __name__ == "__main__":
    main()
