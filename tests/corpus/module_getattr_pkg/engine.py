from . import loads

loads.append("<engine runs>")


class Engine:
    power = 90


def start():
    return "started"
