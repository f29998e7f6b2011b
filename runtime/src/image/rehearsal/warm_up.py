import sys


def greet(name):
    return f"hello, {name}"


def greet_all(names, end="\n"):
    for name in names:
        print(greet(name), end=end)


greet_all(sys.argv)
words = {"one": 1, "two": 2}
words["three"] = words.get("two", 0) + 1
for word, number in sorted(words.items()):
    print(word.upper(), number + 1, "%d %s" % (number, word), len(word), word.strip().replace("o", "0"))
numbers = [n * 2 for n in range(3)]
numbers.append(1)
print(numbers, sum(words.values()), ", ".join(words), {1, 2}, (1, 2.5), None, True, sep="\n")
print("a b c".split(), b"bytes".decode(), str(1), int("2"), "one" in words, isinstance(1, int), file=sys.stderr)
