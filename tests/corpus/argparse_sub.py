"""A task list with subcommands; several command lines are parsed in one run."""
import argparse
import shlex
import sys


def pair(text):
    key, sep, value = text.partition("=")
    if not sep:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


class Collect(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        gathered = dict(getattr(namespace, self.dest) or {})
        gathered.update([values])
        setattr(namespace, self.dest, gathered)


def build_parser():
    parser = argparse.ArgumentParser(prog="tasks", exit_on_error=False)
    parser.add_argument("-v", "--verbose", action="count", default=0)
    parser.add_argument("--colour", choices=["auto", "never"], default="auto")
    commands = parser.add_subparsers(dest="command", required=True)

    add = commands.add_parser("add", aliases=["a"], exit_on_error=False)
    add.add_argument("title", nargs="+")
    add.add_argument("-p", "--priority", type=int, default=3)
    add.add_argument("-m", "--meta", type=pair, action=Collect, metavar="KEY=VALUE")
    add.add_argument("-t", "--tag", action="append", dest="tags")
    add.set_defaults(run=run_add)

    done = commands.add_parser("done", exit_on_error=False)
    done.add_argument("ids", type=int, nargs="*")
    group = done.add_mutually_exclusive_group()
    group.add_argument("--all", action="store_true")
    group.add_argument("--none", action="store_const", const=True, default=False)
    done.set_defaults(run=run_done)

    listing = commands.add_parser("list", exit_on_error=False)
    listing.add_argument("--limit", type=lambda text: int(text, 0), nargs="?", const=5, default=10)
    listing.add_argument("--sort", action=argparse.BooleanOptionalAction, default=True)
    listing.add_argument("columns", nargs="*", default=["title"])
    listing.set_defaults(run=run_list)
    return parser


def run_add(options):
    tags = ",".join(sorted(options.tags or [])) or "-"
    return f"add {' '.join(options.title)!r} p{options.priority} tags={tags} meta={options.meta}"


def run_done(options):
    return f"done {options.ids or ('all' if options.all else 'nothing')}"


def run_list(options):
    return f"list limit={options.limit} sort={options.sort} columns={options.columns}"


def main(argv):
    parser = build_parser()
    options = parser.parse_args(argv)
    print("arguments:", options.run(options), "verbose", options.verbose)

    for line in (
        "add write the report -p 1 --tag work -t urgent --meta due=friday -m who=ana",
        "a 'single title'",
        "--colour never done 3 4 5",
        "done --all",
        "list --limit 0x20 --no-sort",
        "list name age --limit",
    ):
        options = parser.parse_args(shlex.split(line))
        print(f"{options.command:<5} {options.colour:<6} {options.run(options)}")

    known, extra = parser.parse_known_args(["done", "1", "--force"])
    print(known.ids, extra)

    for line in ("add x --meta nothing", "add x -p high", "--colour pink list"):
        try:
            parser.parse_args(shlex.split(line))
        except argparse.ArgumentError as error:
            print("rejected:", line, "->", error.argument_name)


main(sys.argv[1:])
