"""The order in which try, except, else, finally and loops are left."""

log = []


def trace(word, value=None):
    log.append(word)
    return value


def flush(label):
    print(f"{label:<12}", " ".join(log))
    log.clear()


def returning():
    try:
        trace("try")
        return trace("value", 1)
    except ValueError:
        trace("except")
    else:
        trace("else")
    finally:
        trace("finally")


print(returning())
flush("return")


def nested(depth):
    try:
        trace(f"in{depth}")
        if depth:
            return nested(depth - 1)
        raise KeyError(depth)
    finally:
        trace(f"out{depth}")


try:
    nested(2)
except KeyError:
    trace("caught")
flush("nested")


def loops():
    for n in range(4):
        try:
            if n == 0:
                continue
            if n == 2:
                break
            trace(f"body{n}")
        except Exception:
            trace("never")
        else:
            trace(f"else{n}")
        finally:
            trace(f"finally{n}")
    else:
        trace("loop-else")
    while True:
        try:
            break
        finally:
            trace("while")
    return "end"


print(loops())
flush("loops")


def mutable():
    result, number = [1], 1
    try:
        return result, number
    finally:
        result.append(2)
        number = 99


print(mutable())


def replaced():
    try:
        try:
            raise ValueError("first")
        finally:
            trace("cleaning")
            raise TypeError("second")
    except TypeError as error:
        return f"{error} after {error.__context__}"


print(replaced())
flush("replaced")


def handler_raises():
    try:
        raise ValueError("a")
    except ValueError as error:
        trace("handler")
        raise RuntimeError("b") from error
    else:
        trace("else")
    finally:
        trace("finally")


try:
    handler_raises()
except RuntimeError as error:
    trace(f"{error}<-{error.__cause__}")
flush("handler")
