"""Words, lines, formats and patterns."""

import json
import re
import string
from collections import Counter

LINE = re.compile(r"(?P<level>[A-Z]+) \[(?P<when>[\d:]+)\] (?P<name>\w+(?:\.\w+)*): (?P<rest>.*)$")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def lines(count):
    levels = ["INFO", "WARNING", "ERROR", "DEBUG"]
    for number in range(count):
        yield f"{levels[number % 4]} [{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}] app.part{number % 7}: took {number * 1.5:.2f} ms, {number % 13} items"


def main(count):
    counts, total, records = Counter(), 0.0, []
    for line in lines(count):
        match = LINE.match(line)
        counts[match["level"], match["name"].rpartition(".")[2]] += 1
        numbers = NUMBER.findall(match["rest"])
        total += sum(map(float, numbers))
        words = [word.strip(string.punctuation).lower() for word in line.split()]
        records.append({"words": words, "level": match["level"], "size": len(line), "ok": match["level"] != "ERROR"})
    text = json.dumps(records, indent=None, sort_keys=True)
    back = json.loads(text)
    table = str.maketrans("aeiou", "*****")
    joined = "\n".join(" ".join(record["words"]).translate(table).title() for record in back)
    return counts.most_common(3), round(total, 2), len(text), joined.count("*"), joined[:40].replace(" ", "_")


print(main(9000))
