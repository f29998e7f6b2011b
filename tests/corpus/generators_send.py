"""Generators as coroutines: send, throw, close and return values."""
import inspect


def paragraph():
    """Takes words until None; gives back the length so far, and at the end the text."""
    words = []
    while (word := (yield sum(map(len, words)))) is not None:
        words.append(word)
    return " ".join(words).capitalize() + "."


def document(pages):
    """Each send() goes to the paragraph being written; an empty one ends the document."""
    while (text := (yield from paragraph())) != ".":
        pages.append(text)
    return len(pages)


def write(words):
    pages, lengths = [], []
    writer = document(pages)
    next(writer)
    try:
        for word in words:
            lengths.append(writer.send(word))
    except StopIteration as stop:
        return pages, lengths, stop.value


print(*write(["the", "cat", "sat", None, "it", "slept", None, None, "unused"]))


def resilient(log):
    log.append("start")
    n = 0
    try:
        while True:
            try:
                command = yield n
                log.append(f"got {command!r}")
                n += 1
            except ValueError as error:
                log.append(f"handled {error}")
                n = -100
    except GeneratorExit:
        log.append("closing")
        raise
    finally:
        log.append("finally")


log = []
machine = resilient(log)
print(inspect.getgeneratorstate(machine), next(machine), machine.send("a"), machine.throw(ValueError("bad")), machine.send("b"))
print(inspect.getgeneratorstate(machine), machine.close(), inspect.getgeneratorstate(machine))
try:
    next(machine)
except StopIteration as stop:
    print("stopped", stop.value)
print(log)

try:
    resilient([]).send("too early")
except TypeError as error:
    print(type(error).__name__)
