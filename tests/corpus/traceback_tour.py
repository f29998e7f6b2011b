"""traceback: formatting errors with the file names removed, walking frames."""
import io
import re
import sys
import traceback


def clean(text):
    """Keeps what does not depend on where this file lies, nor on markers under the code."""
    text = re.sub(r'File ".*?", line (\d+)', r"line \1", text)
    return [line.strip() for line in text.splitlines() if line.strip() and set(line.strip()) - set("~^")]


def level_one(n):
    return level_two(n - 1)


def level_two(n):
    if n == 0:
        return 1 / n
    return level_one(n)


class Job:
    def run(self):
        try:
            level_one(1)
        except ZeroDivisionError as error:
            raise RuntimeError("job failed") from error


try:
    level_one(2)
except ZeroDivisionError as error:
    print(*clean(traceback.format_exc()), sep="\n")
    frames = traceback.extract_tb(error.__traceback__)
    print([(frame.name, frame.line) for frame in frames])
    print(frames[-1].lineno - frames[0].lineno, len(frames), traceback.format_exception_only(error))

print("--- chained")
try:
    Job().run()
except RuntimeError as error:
    for line in clean("".join(traceback.format_exception(error))):
        if not line.startswith("line") and "(" not in line:
            print(line)
    summary = traceback.TracebackException.from_exception(error)
    print(summary.exc_type_str if hasattr(summary, "exc_type_str") else type(error).__name__, summary.__cause__ is not None, [f.name for f in summary.stack], [f.name for f in summary.__cause__.stack])
    out = io.StringIO()
    traceback.print_exception(error, chain=False, limit=1, file=out)
    print(clean(out.getvalue()))

print("--- recursion")
def endless(n):
    return endless(n + 1)

try:
    endless(0)
except RecursionError as error:
    names = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    print(type(error).__name__, "endless" in names, any("more times" in line for line in traceback.format_exception(error)))

print("--- notes, groups, syntax")
noted = ValueError("several\nlines")
noted.add_note("a note")
print(traceback.format_exception_only(noted))
group = ExceptionGroup("both", [noted, KeyError("k")])
print([line.strip(" |+-") for line in "".join(traceback.format_exception(group)).splitlines() if line.strip(" |+-")])
try:
    compile("x = = 1\n", "<text>", "exec")
except SyntaxError as error:
    print(error.lineno, error.filename, error.text.strip(), traceback.format_exception_only(error)[0].strip())


def stack_names():
    return [frame.name for frame in traceback.extract_stack()][-2:]


def holder():
    return stack_names()


print(holder(), [f.f_code.co_name for f, _ in traceback.walk_stack(sys._getframe())])


def deepest(error):
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_locals, trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno


try:
    level_two(0)
except ZeroDivisionError as error:
    print(deepest(error))
    stored = error
try:
    raise stored.with_traceback(None)
except ZeroDivisionError as error:
    print(len(traceback.extract_tb(error.__traceback__)))


def multi():
    return [
        int(text)
        for text in
        ("1",
         "two")
    ]


try:
    multi()
except ValueError as error:
    frames = traceback.extract_tb(error.__traceback__)
    print([(f.name, f.lineno - multi.__code__.co_firstlineno) for f in frames[1:]])
    print(clean("".join(traceback.format_tb(error.__traceback__)))[-1])
print(traceback.format_list([("file.py", 3, "func", "x = 1")])[0].splitlines())
