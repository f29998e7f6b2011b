"""Short pieces of code, compiled and run again and again with fresh globals."""

import io
from contextlib import redirect_stdout

PIECES = [
    "total = 0\nfor n in range(300):\n    if n % 3 == 0:\n        total += n * n\nprint(total)",
    "words = 'a few words to turn around'.split()\nprint(' '.join(word[::-1].upper() for word in words))",
    "rows = [[i * j for j in range(8)] for i in range(8)]\nprint(sum(map(sum, zip(*rows))))",
    "from collections import Counter\nprint(Counter('hello world').most_common(2))",
    "import json\nprint(json.loads(json.dumps({'k': [1, 2.5, None, True, 'x' * 20]}))['k'])",
    "def gcd(a, b):\n    return a if not b else gcd(b, a % b)\nprint([gcd(n, 360) for n in range(1, 60)])",
    "class P:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return P(self.x + o.x)\nprint(sum((P(n) for n in range(30)), P(0)).x)",
    "try:\n    {}['missing']\nexcept KeyError as error:\n    print(repr(error), sorted({3, 1, 2}, reverse=True))",
]
codes = [compile(piece, "piece", "exec") for piece in PIECES]
size = 0
for _ in range(400):
    for code in codes:
        out = io.StringIO()
        with redirect_stdout(out):
            exec(code, {"__name__": "__main__"})
        size += len(out.getvalue())
for piece in PIECES * 12:
    size += len(compile(piece, "piece", "exec").co_code) > 0
print(size)
