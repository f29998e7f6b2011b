"""sys.exit() without a value ends quietly, whatever is still on the stack."""
import sys
import threading

log = []


def deep(level):
    try:
        if level == 0:
            sys.exit()
        deep(level - 1)
    finally:
        log.append(level)
        if level == 3:
            print("unwound", log)


def generator():
    try:
        yield 1
        sys.exit(None)
    except SystemExit as stop:
        yield f"generator saw {stop.code}"
        raise


def in_thread():
    log.append("thread")
    sys.exit(99)


thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
print("a thread's exit is its own:", log.pop())

for value in generator():
    print(value)
    if value != 1:
        break

try:
    exit_code = None
    raise SystemExit(0, "two")
except SystemExit as stop:
    exit_code = stop.code
print(exit_code)

for code in (0, False, None):
    try:
        sys.exit(code)
    except BaseException as error:
        print(type(error).__name__, repr(error.code), isinstance(error, Exception))

sys.stdout.write("no newline at the end of this text, which must be flushed")
deep(3)
print("not reached")
