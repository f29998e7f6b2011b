"""Option handling in the old style."""
import getopt
import sys

USAGE = "usage: pack [-c] [-o FILE] [-l LEVEL] [--dry-run] [--exclude PATTERN]... FILE..."


class Settings:
    def __init__(self):
        self.compress = False
        self.output = "a.pack"
        self.level = 6
        self.dry_run = False
        self.exclude = []

    def __repr__(self):
        inside = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"Settings({inside})"


def parse(argv, gnu=False):
    reader = getopt.gnu_getopt if gnu else getopt.getopt
    options, files = reader(argv, "hco:l:", ["help", "compress", "output=", "level=", "dry-run", "exclude="])
    settings = Settings()
    for name, value in options:
        match name:
            case "-h" | "--help":
                print(USAGE)
            case "-c" | "--compress":
                settings.compress = True
            case "-o" | "--output":
                settings.output = value
            case "-l" | "--level":
                settings.level = int(value)
            case "--dry-run":
                settings.dry_run = True
            case "--exclude":
                settings.exclude.append(value)
    return settings, files


def attempt(argv, **flags):
    try:
        settings, files = parse(argv, **flags)
    except getopt.GetoptError as error:
        print(f"bad option {error.opt!r}")
    except ValueError as error:
        print("bad value:", error)
    else:
        print(settings, files)


attempt(sys.argv[1:])
attempt(["-co", "out.pack", "one", "two"])
attempt(["-l9", "--exclude=*.tmp", "--exclude", "*.log", "--", "-strange-name"])
attempt(["first", "-c", "second"])
attempt(["first", "-c", "second"], gnu=True)
attempt(["--dry", "x"])
attempt(["-h"])
attempt(["-x"])
attempt(["--output"])
attempt(["--level", "high"])
