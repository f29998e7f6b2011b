def shout(words):
    return words.upper() + "!"


def where():
    return __name__, __package__, __spec__.name, __spec__.parent
