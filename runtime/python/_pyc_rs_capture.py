"""Standard streams that are kept instead of printed."""

import _io


class Sink:
    """The binary end of a captured stream. `write` gets every byte."""

    mode = 'wb'
    closed = False

    def __init__(self, name, write):
        self.name = name
        self._write = write

    def write(self, data):
        data = bytes(data)
        self._write(data)
        return len(data)

    def readable(self):
        return False

    def writable(self):
        return True

    def seekable(self):
        return False

    def isatty(self):
        return False

    def flush(self):
        pass

    def close(self):
        pass

    def fileno(self):
        raise _io.UnsupportedOperation('fileno: this stream is captured')


def stream(name, write, errors):
    """A text stream whose bytes all go to `write`."""
    return _io.TextIOWrapper(Sink(name, write), 'utf-8', errors, '\n')
