"""A missing argument: usage goes to stderr and the exit status is 2."""
import argparse
import atexit


def positive(text):
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("must be positive")
    return number


def build():
    parser = argparse.ArgumentParser(prog="resize", description="Resizes pictures.")
    parser.add_argument("picture")
    parser.add_argument("width", type=positive)
    parser.add_argument("--height", type=positive, help="kept in proportion when absent")
    parser.add_argument("--filter", choices=("box", "sinc"), default="box")
    return parser


def resize(options):
    height = options.height or options.width * 3 // 4
    return f"{options.picture}: {options.width}x{height} with {options.filter}"


atexit.register(print, "leaving")
parser = build()
print(resize(parser.parse_args(["cat.png", "640"])))
print(resize(parser.parse_args(["--height", "10", "--filter=sinc", "dog.png", "64"])))

try:
    parser.parse_args(["--help-me"], argparse.Namespace(picture="x", width=1))
except SystemExit as stop:
    print("intercepted with status", stop.code)

parser.parse_args()
print("never reached")
