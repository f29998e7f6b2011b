"""Reads a stream of JSON values from stdin, however they are laid out."""
import json
import sys
from collections import defaultdict


class StreamReader:
    """Yields values as soon as they are complete, reading small chunks."""

    def __init__(self, source, chunk=16):
        self.source = source
        self.chunk = chunk
        self.buffer = ""
        self.reads = 0
        self.decoder = json.JSONDecoder()

    def fill(self):
        piece = self.source.read(self.chunk)
        self.reads += 1
        self.buffer += piece
        return bool(piece)

    def __iter__(self):
        more = True
        while True:
            self.buffer = self.buffer.lstrip()
            try:
                value, end = self.decoder.raw_decode(self.buffer)
            except json.JSONDecodeError:
                if not more:
                    if self.buffer:
                        print("left over:", repr(self.buffer))
                    return
                more = self.fill()
                continue
            if end == len(self.buffer) and more:
                # A number may go on in the next chunk.
                more = self.fill()
                continue
            self.buffer = self.buffer[end:]
            yield value


def main():
    reader = StreamReader(sys.stdin)
    totals = defaultdict(float)
    kinds = defaultdict(int)
    for value in reader:
        kinds[type(value).__name__] += 1
        match value:
            case {"account": str(name), "amount": (int() | float()) as amount}:
                totals[name] += amount
            case [*items]:
                print("list of", len(items), "->", items[-1] if items else None)
            case {"note": note, **rest}:
                print("note:", note, "with", rest)
            case _:
                print("scalar:", json.dumps(value))
    for name, total in sorted(totals.items()):
        print(f"{name:<8}{total:>10.2f}")
    print(dict(kinds))
    encoder = json.JSONEncoder(indent=None, sort_keys=True)
    print("".join(encoder.iterencode({"totals": totals, "many reads": reader.reads > 10})))


main()
