"""Counts the words of a file: a console tool with dependencies from PyPI.

Built into one bundle and run where there is no Python (docs/bundles.md).
"""

import json
from collections import Counter
from importlib.metadata import version

import attrs
import click
import yaml
from jinja2 import DictLoader, Environment
from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table

TEMPLATE = "{% for row in rows %}{{ row.word|upper }}={{ row.count }}{{ '' if loop.last else ', ' }}{% endfor %}"


@attrs.define
class Row:
    word: str
    count: int


def show_table(console, rows):
    table = Table(title="Words")
    table.add_column("word")
    table.add_column("count", justify="right")
    for row in rows:
        table.add_row(row.word, str(row.count))
    console.print(table)


@click.command()
@click.argument("file", type=click.File("r"))
@click.option("--top", default=3, show_default=True, help="How many words to show.")
@click.option("--format", "form", type=click.Choice(["table", "markdown", "yaml", "json", "line"]), default="table")
@click.version_option(version("click"), message="click %(version)s")
def main(file, top, form):
    """Show the most common words of FILE."""
    rows = [Row(word, count) for word, count in Counter(file.read().split()).most_common(top)]
    console = Console(width=40, force_terminal=False)
    plain = [attrs.asdict(row) for row in rows]
    if form == "table":
        show_table(console, rows)
    elif form == "markdown":
        console.print(Markdown("\n".join(f"* **{row.word}**: {row.count}" for row in rows)))
    elif form == "json":
        console.print(Syntax(json.dumps(plain), "json", background_color="default"))
    elif form == "yaml":
        click.echo(yaml.safe_dump(plain), nl=False)
    else:
        environment = Environment(loader=DictLoader({"line": TEMPLATE}), autoescape=True)
        click.echo(environment.get_template("line").render(rows=rows))


if __name__ == "__main__":
    main()
