"""logging handlers: memory, queue, null, rotation of streams, dictConfig, a custom one."""
import io
import logging
import logging.handlers
import queue
from logging.config import dictConfig

stream = io.StringIO()
handler = logging.StreamHandler(stream)
handler.setFormatter(logging.Formatter("%(levelname).1s %(name)-8s %(message)s"))
app = logging.getLogger("app")
app.setLevel(logging.DEBUG)
app.propagate = False
app.addHandler(logging.NullHandler())


def show(title):
    print(f"[{title}]")
    print(stream.getvalue(), end="")
    stream.seek(0)
    stream.truncate()


memory = logging.handlers.MemoryHandler(capacity=3, flushLevel=logging.ERROR, target=handler)
buffered = logging.getLogger("buffered")
buffered.propagate = False
buffered.addHandler(memory)
buffered.setLevel(logging.INFO)
for n in range(4):
    buffered.info("event %d", n)
show("memory, capacity")
buffered.error("urgent")
show("memory, level")

records = queue.Queue()
queued = logging.getLogger("queued")
queued.propagate = False
queued.addHandler(logging.handlers.QueueHandler(records))
listener = logging.handlers.QueueListener(records, handler, respect_handler_level=True)
listener.start()
queued.warning("through %s", "a thread")
listener.stop()
show("queue")

dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(levelname)s:%(name)s:%(message)s"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain", "stream": stream, "level": "INFO"}},
        "loggers": {"configured": {"handlers": ["out"], "level": "DEBUG", "propagate": False}},
    }
)
logging.getLogger("configured.child").debug("too low")
logging.getLogger("configured.child").info("configured")
show("dictConfig")


class Collecting(logging.Handler):
    def __init__(self):
        super().__init__(logging.INFO)
        self.records = []

    def emit(self, record):
        self.records.append((record.levelname, record.getMessage(), record.lineno > 0, record.funcName, getattr(record, "user", None)))


def traced():
    app.info("inside", extra={"user": "bo"})


collecting = Collecting()
app.addHandler(collecting)
traced()
app.debug("below the handler's level")
app.removeHandler(collecting)
print(collecting.records)
second = io.StringIO()
app.addHandler(handler)
app.info("to the first stream")
print(handler.setStream(second) is stream, handler.setStream(second))
app.info("to the second stream")
print(repr(stream.getvalue()), repr(second.getvalue()))
