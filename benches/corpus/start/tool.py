"""A small command-line tool: counts words of a text and reports as JSON."""

import argparse
import json
import re

TEXT = "the pump moves water; the valve holds water; the pump rests"


def main():
    parser = argparse.ArgumentParser(description="Counts words.")
    parser.add_argument("text", nargs="?", default=TEXT)
    parser.add_argument("--top", type=int, default=3, help="how many words to show")
    parser.add_argument("--pattern", default=r"[a-z]+", help="what a word is")
    options = parser.parse_args()
    counts = {}
    for word in re.findall(options.pattern, options.text):
        counts[word] = counts.get(word, 0) + 1
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: options.top]
    print(json.dumps({"words": sum(counts.values()), "top": best}))


main()
