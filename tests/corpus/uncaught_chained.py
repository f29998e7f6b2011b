"""An error raised while another is handled; only the last one names the exit."""
import atexit
import sys


class ConfigError(Exception):
    pass


class Settings:
    defaults = {"retries": "3", "verbose": "no"}

    def __init__(self, text):
        self.values = dict(self.defaults)
        for line in text.splitlines():
            key, separator, value = line.partition("=")
            if separator:
                self.values[key.strip()] = value.strip()

    def number(self, key):
        try:
            return int(self.values[key])
        except KeyError:
            raise ConfigError(f"missing {key}") from None
        except ValueError as error:
            raise ConfigError(f"{key} must be a number") from error

    def flag(self, key):
        try:
            return {"yes": True, "no": False}[self.values[key]]
        except KeyError as error:
            raise ConfigError(f"{key} must be yes or no, not {error}") from error


def attempt(function, *args):
    try:
        return function(*args)
    except ConfigError as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else "nothing"
        return f"{error} (caused by {cause})"


@atexit.register
def goodbye():
    sys.stdout.write("goodbye\n")


settings = Settings("retries = many\nport=8080\nverbose=maybe")
print(attempt(settings.number, "port"))
print(attempt(settings.number, "retries"))
print(attempt(settings.number, "timeout"))
print(attempt(settings.flag, "verbose"))

previous = sys.excepthook
sys.excepthook = lambda kind, error, trace: (print("hook:", kind.__name__), previous(kind, error, trace))
try:
    settings.number("retries")
except ConfigError:
    settings.values["missing"]
