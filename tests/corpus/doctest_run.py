"""Checks the examples in its own docstrings.

>>> Stack([1, 2]).pop()
2
"""
import doctest
import io
from contextlib import redirect_stdout


class Stack:
    """A last-in first-out store.

    >>> s = Stack()
    >>> s.push("a")
    Stack(['a'])
    >>> len(s)
    1
    >>> s.pop(); s.pop()
    Traceback (most recent call last):
        ...
    IndexError: empty stack
    """

    def __init__(self, items=()):
        self.items = list(items)

    def __repr__(self):
        return f"Stack({self.items})"

    def __len__(self):
        return len(self.items)

    def push(self, item):
        """Adds an item and returns the stack, for chaining.

        >>> Stack().push(1).push(2)
        Stack([1, 2])
        >>> Stack().push(None)  # doctest: +ELLIPSIS
        Stack([...])
        """
        self.items.append(item)
        return self

    def pop(self):
        if not self.items:
            raise IndexError("empty stack")
        return self.items.pop()


def table(n):
    """Prints a small table.

    >>> table(3)  # doctest: +NORMALIZE_WHITESPACE
    1 1
    2      4
    3 9
    >>> for n in range(2):
    ...     if n:
    ...         table(n)
    1 1
    >>> table(0)
    >>> print("one\\n\\ntwo")
    one
    <BLANKLINE>
    two
    """
    for i in range(1, n + 1):
        print(i, i * i)


def wrong(x):
    """One of these examples is wrong.

    >>> wrong(2)
    5
    >>> wrong(3)
    9
    >>> wrong("a")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    TypeError: anything
    >>> 1 / 0  # doctest: +SKIP
    """
    return x**2


def fails(example="wrong"):
    out = io.StringIO()
    with redirect_stdout(out):
        outcome = doctest.testmod(verbose=False)
    return outcome, out.getvalue()


outcome, report = fails()
print(outcome.failed, outcome.attempted > 12, report.count("Failed example"), "Expected:" in report)

finder = doctest.DocTestFinder()
runner = doctest.DocTestRunner(verbose=False)
for test in sorted(finder.find(Stack, "Stack", globs=globals()), key=lambda t: t.name):
    result = runner.run(test, out=lambda text: None)
    print(test.name, result.failed, len(test.examples))
parser = doctest.DocTestParser()
examples = parser.get_examples(">>> x = 1\n>>> x\n1\n\ntext\n>>> if x:\n...     print('y')\ny\n")
print([(e.source, e.want, e.lineno) for e in examples])
checker = doctest.OutputChecker()
print(checker.check_output("1...9\n", "1 2 9\n", doctest.ELLIPSIS), checker.check_output("a  b\n", "a b\n", 0))
