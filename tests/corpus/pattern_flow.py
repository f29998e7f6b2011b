"""match inside loops and functions, soft keywords as names, errors in patterns."""


class Pair:
    __match_args__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


def flow(events):
    seen = []
    for event in events:
        match event:
            case "skip":
                continue
            case "stop":
                break
            case ("add", n) if (doubled := n * 2) > 4:
                seen.append(doubled)
            case ("add", n):
                seen.append(n)
    else:
        seen.append("all")
    return seen


print(flow([("add", 1), "skip", ("add", 5), "unknown"]), flow([("add", 1), "stop", ("add", 2)]))
match = {"case": 1}
case = match["case"]
print(match, case)
match case, *(2, 3):
    case 1, *type:
        print("soft keywords", type)
try:
    match Pair(1, 2):
        case Pair(1, 2, 3):
            pass
except TypeError as error:
    print(error.__class__.__name__)
