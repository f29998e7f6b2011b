"""A text adventure driven by a state machine; the commands come from stdin."""
import sys
from enum import Enum, auto


class State(Enum):
    EXPLORING = auto()
    TALKING = auto()
    WON = auto()
    LOST = auto()


class Room:
    def __init__(self, name, text, /, *items, dark=False, **exits):
        self.name, self.text, self.items, self.dark, self.exits = name, text, set(items), dark, exits


ROOMS = {
    "hall": Room("Hall", "A draughty hall.", "lamp", north="library", down="cellar"),
    "library": Room("Library", "Books up to the ceiling.", "book", "ladder", south="hall", east="tower"),
    "cellar": Room("Cellar", "Smells of apples.", "key", "apple", dark=True, up="hall"),
    "tower": Room("Tower", "An old man sits by a locked door.", west="library"),
}
SHORT = {"n": "go north", "s": "go south", "e": "go east", "w": "go west", "u": "go up", "d": "go down", "i": "inventory", "l": "look", "x": "quit"}


class Game:
    def __init__(self, say=print):
        self.say, self.here, self.bag, self.state, self.moves, self.lit = say, ROOMS["hall"], [], State.EXPLORING, 0, False
        self.transitions = {State.EXPLORING: self.explore, State.TALKING: self.talk}

    @property
    def blind(self):
        return self.here.dark and not self.lit

    def describe(self):
        if self.blind:
            return self.say("It is too dark to see.")
        items = ", ".join(sorted(self.here.items)) or "nothing"
        self.say(f"{self.here.name}: {self.here.text} You see {items}. Exits: {', '.join(sorted(self.here.exits))}.")

    def step(self, line):
        words = SHORT.get(line, line).lower().split()
        if words:
            self.moves += 1
            self.state = self.transitions[self.state](words) or self.state

    def explore(self, words):
        match words:
            case ["look"]:
                self.describe()
            case ["go", direction] | [("north" | "south" | "east" | "west" | "up" | "down") as direction] if direction in self.here.exits:
                self.here = ROOMS[self.here.exits[direction]]
                self.describe()
            case ["go", direction]:
                self.say(f"You cannot go {direction}.")
            case ["take", "all"] if not self.blind:
                return [self.explore(["take", item]) for item in sorted(self.here.items)] and None
            case ["take", *names] if names and not self.blind and (item := " ".join(names)) in self.here.items:
                self.here.items.remove(item)
                self.bag.append(item)
                self.say(f"You take the {item}.")
            case ["take", *_]:
                self.say("You find no such thing.")
            case ["drop", item] if item in self.bag:
                self.bag.remove(item)
                self.here.items.add(item)
                self.say("Dropped.")
            case ["light", "lamp"] if "lamp" in self.bag:
                self.lit = not self.lit
                self.say("The lamp is " + ("on." if self.lit else "off."))
            case ["inventory"]:
                self.say("You carry " + (", ".join(self.bag) or "nothing") + ".")
            case ["open", "door"] if self.here.name == "Tower":
                if "key" not in self.bag:
                    self.say("It is locked.")
                else:
                    self.say("The key turns. Daylight!")
                    return State.WON
            case ["talk"] | ["talk", "to", *_] if self.here.name == "Tower":
                self.say('"What has a spine, but no bones?"')
                return State.TALKING
            case ["quit"]:
                return State.LOST
            case [verb, *_]:
                self.say(f"You do not know how to {verb} here.")

    def talk(self, words):
        if "book" in words:
            self.say('"Take this rope, then."' if "book" in self.bag else '"Bring me one."')
            if "book" in self.bag:
                self.bag[self.bag.index("book")] = "rope"
            return State.EXPLORING
        self.say('"No."')
        if words == ["bye"]:
            return State.EXPLORING


def play(source):
    game = Game()
    game.describe()
    for line in source:
        if (line := line.strip()) == "---":
            break
        print(f"> {line}")
        game.step(line)
        if game.state in (State.WON, State.LOST):
            break
    else:
        print("(the input ended)")
    print(f"{game.state.name} after {game.moves} moves, {len(game.bag)} things: {game.bag}")
    return game


won = play(sys.stdin)
print("=" * 20)
play(["fly", "eat apple", "---", "never"])
print("left over:", [line.strip() for line in sys.stdin])
sys.exit(0 if won.state is State.WON else 1)
