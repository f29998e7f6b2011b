"""Compares two small files in several formats."""
import difflib
import sys
from pathlib import Path

HERE = Path(__file__).parent / "diff_tool.data"


def load(name):
    return (HERE / name).read_text(encoding="utf-8").splitlines(keepends=True)


def summary(old, new):
    matcher = difflib.SequenceMatcher(None, old, new)
    counts = {"equal": 0, "replace": 0, "delete": 0, "insert": 0}
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        counts[tag] += max(i2 - i1, j2 - j1)
    return counts, matcher.ratio()


def side_by_side(old, new, width=18):
    matcher = difflib.SequenceMatcher(None, old, new)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        sign = {"equal": " ", "replace": "|", "delete": "<", "insert": ">"}[tag]
        left, right = old[i1:i2], new[j1:j2]
        for row in range(max(len(left), len(right))):
            a = left[row].rstrip() if row < len(left) else ""
            b = right[row].rstrip() if row < len(right) else ""
            yield f"{a:<{width}} {sign} {b}".rstrip()


def main():
    old, new = load("old.txt"), load("new.txt")

    print("== unified")
    sys.stdout.writelines(difflib.unified_diff(old, new, "old.txt", "new.txt", n=1))

    print("== context")
    sys.stdout.writelines(difflib.context_diff(old, new, "old.txt", "new.txt", n=0))

    print("== ndiff")
    delta = list(difflib.ndiff(old, new))
    print("".join(delta), end="")
    print("restored:", list(difflib.restore(delta, 1)) == old, list(difflib.restore(delta, 2)) == new)

    print("== side by side")
    print(*side_by_side(old, new), sep="\n")

    counts, ratio = summary(old, new)
    print(counts, f"{ratio:.3f}")

    print("== suggestions")
    commands = ["status", "commit", "checkout", "clone", "config"]
    for typed in ("comit", "stauts", "clon", "zzz"):
        print(f"{typed}: {difflib.get_close_matches(typed, commands, n=2, cutoff=0.6)}")


main()
