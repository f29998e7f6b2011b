import sys


def greet(name):
    return f"hello, {name}"


class Greeter:
    def __init__(self, names):
        self.names = list(names)

    def greet(self):
        for name in self.names:
            print(greet(name))


Greeter(sys.argv).greet()
words = {"one": 1, "two": 2}
for word, number in sorted(words.items()):
    print(word.upper(), number + 1, "%d %s" % (number, word), len(word))
try:
    words["three"]
except KeyError as error:
    print(repr(error))
print([n * 2 for n in range(3)], sum(words.values()), ", ".join(words), sep="\n")
