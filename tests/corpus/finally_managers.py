"""The order in which with blocks, generators, retries and expressions are left."""

log = []


def trace(word, value=None):
    log.append(word)
    return value


def flush(label):
    print(f"{label:<12}", " ".join(log))
    log.clear()


class Manager:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        trace(f"enter-{self.name}")
        if self.name == "bad":
            raise OSError("cannot enter")
        return self

    def __exit__(self, *details):
        trace(f"exit-{self.name}-{details[0].__name__ if details[0] else 'ok'}")


def managed(names):
    try:
        with Manager(names[0]), Manager(names[1]):
            return trace("body", "done")
    except OSError:
        return trace("failed", "not done")
    finally:
        trace("finally")


print(managed("xy"), managed(["x", "bad"]))
flush("managers")


def generator():
    try:
        for n in range(3):
            try:
                yield n
            finally:
                trace(f"inner{n}")
    finally:
        trace("outer")


for n in (g := generator()):
    if n == 1:
        break
g.close()
flush("generator")


def deep():
    try:
        try:
            try:
                1 / 0
            except KeyError:
                trace("wrong")
            finally:
                trace("one")
        except (TypeError, ValueError):
            trace("wrong")
        finally:
            trace("two")
    except ArithmeticError:
        trace("right")
    else:
        trace("wrong")
    finally:
        trace("three")


deep()
flush("deep")


def retry(outcomes):
    for attempt, outcome in enumerate(outcomes, 1):
        try:
            if isinstance(outcome, Exception):
                raise outcome
        except ConnectionError:
            trace(f"retry{attempt}")
            continue
        except Exception as error:
            trace(f"fatal-{type(error).__name__}")
            raise
        else:
            return outcome
        finally:
            trace(f"done{attempt}")
    return None


print(retry([ConnectionError(), ConnectionError(), "ok", "unused"]), retry([ConnectionError()]))
try:
    retry([ConnectionError(), ValueError("x")])
except ValueError as error:
    print("fatal", error)
flush("retry")
print((lambda: [trace("a"), trace("b") or trace("c"), trace("d", 1) and trace("e")])(), {trace("k", 1): trace("v", 2)}, trace("x", 3) < trace("y", 2) < trace("z"))
flush("expressions")
