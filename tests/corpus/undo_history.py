"""An editor which replays its commands: undo, redo, macros, bookmarks."""


class Document:
    def __init__(self):
        self.done, self.undone, self.marks = [], [], {}

    @property
    def text(self):
        text = ""
        for action, *args in self.done:
            text = {
                "add": lambda s: text + s,
                "cut": lambda n: text[:-n],
                "swap": lambda: text.swapcase(),
                "replace": lambda old, new: text.replace(old, new),
                "at": lambda place, s: text[:place] + s + text[place:],
            }[action](*args)
        return text

    def do(self, *command):
        self.done.append(command)
        self.undone.clear()
        return self

    def shift(self, source, target, times=1):
        for _ in range(min(times, len(source))):
            target.append(source.pop())
        return self.text

    def undo(self, times=1):
        return self.shift(self.done, self.undone, times)

    def redo(self, times=1):
        return self.shift(self.undone, self.done, times)

    def mark(self, name):
        self.marks[name] = len(self.done)

    def back_to(self, name):
        return self.undo(max(0, len(self.done) - self.marks[name]))

    def macro(self, start, stop=None):
        """The commands done since a mark, as a function of another document."""
        commands = self.done[self.marks[start] : stop and self.marks[stop]]

        def play(document, times=1):
            for command in commands * times:
                document.do(*command)
            return document.text

        return play


document = Document().do("add", "hello").do("add", " World").do("cut", 1).do("swap")
print(document.text, "|", document.undo(2), "|", document.redo(), "|", document.do("add", "!").text, "|", document.redo())
document.mark("before")
document.do("replace", "l", "L").do("at", 0, "> ").mark("after")
print(document.text, "|", document.back_to("before"), "|", document.redo(99), "|", document.marks)

shout = document.macro("before", "after")
other = Document().do("add", "all")
print(shout(other), "|", shout(other, 2), "|", len(other.done), "|", other.undo(100) == "", "|", other.redo(3))
for attempt in (lambda: other.back_to("nowhere"), lambda: other.do("fly").text):
    try:
        attempt()
    except KeyError as error:
        print("KeyError", error)
