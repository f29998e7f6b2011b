"""logging: levels, formatters, filters, hierarchy, exceptions, adapters."""
import io
import logging
import re

stream = io.StringIO()


class Compact(logging.Formatter):
    marks = {logging.DEBUG: "d", logging.INFO: "i", logging.WARNING: "W", logging.ERROR: "E", logging.CRITICAL: "!"}

    def format(self, record):
        record.mark = self.marks.get(record.levelno, "?")
        return super().format(record)

    def formatException(self, info):
        return f"   ({info[0].__name__}: {info[1]})"


class Secret(logging.Filter):
    def filter(self, record):
        record.msg = re.sub(r"password=\S+", "password=***", str(record.msg))
        return not record.getMessage().startswith("noise")


def show(title):
    print(f"[{title}]")
    print(stream.getvalue(), end="")
    stream.seek(0)
    stream.truncate()


handler = logging.StreamHandler(stream)
handler.setFormatter(Compact("{mark} {name:<8} {message}", style="{"))
handler.addFilter(Secret())
app = logging.getLogger("app")
app.setLevel(logging.DEBUG)
app.propagate = False
app.addHandler(handler)
db, web = logging.getLogger("app.db"), app.getChild("web")
web.setLevel("WARNING")

app.debug("starting %s with %d workers", "server", 3)
db.info("connect password=hunter2 now")
web.info("hidden")
web.warning("slow %(path)s", {"path": "/x"})
db.info("noise to drop")
app.log(35, "custom level")
app.critical("stop")
show("hierarchy")

try:
    {}["lost"]
except KeyError:
    app.exception("while reading %r", "table")
app.error("no traceback", exc_info=False)
app.error("given error", exc_info=ValueError("made by hand"))
show("exceptions")

print(db.getEffectiveLevel(), web.isEnabledFor(logging.INFO), db.parent is app, logging.getLevelName(30), logging.getLevelName("ERROR"), db.hasHandlers(), logging.getLogger("app.db") is db)
logging.addLevelName(35, "NOTICE")
print(logging.getLevelName(35), logging.getLevelNamesMapping()["NOTICE"], logging.Formatter("%(levelname)-8s|%(message)s|%(funcName)s").format(logging.LogRecord("n", 35, "path.py", 1, "msg %s", ("arg",), None, "func")))


class Context(logging.LoggerAdapter):
    def process(self, message, options):
        return f"[{self.extra['user']}] {message}", options


Context(web, {"user": "ana"}).error("denied %d", 403)
logging.disable(logging.ERROR)
app.error("disabled")
app.critical("still enabled")
logging.disable(logging.NOTSET)
show("adapter")
