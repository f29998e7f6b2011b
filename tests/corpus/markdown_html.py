"""A small Markdown to HTML converter: blocks first, then inline marks."""
import html
import re
from itertools import groupby
from textwrap import dedent

from lib_markdown_html.inline import inline


def blocks(lines):
    """Groups lines into (kind, lines)."""
    paragraph, fence, code = [], None, []
    for line in [*lines, ""]:
        if fence is not None:
            code.append(line)
            if line.strip() == "```":
                yield "code", (fence, code[:-1])
                fence, code = None, []
            continue
        kind = None
        match re.match(r"(#{1,6})\s|(```)\s*(\w*)|(>)|\s*([-+*]|\d+\.)\s|(---+\s*$)|(\|)", line):
            case None:
                kind = "text" if line.strip() else "blank"
            case m:
                kind = ("heading", "fence", "", "quote", "item", "rule", "table")[next(i for i, g in enumerate(m.groups()) if g)]
        if paragraph and (kind != paragraph[0] or kind == "heading") and not (paragraph[0] == "item" and kind == "text" and line.startswith("  ")):
            yield paragraph[0], paragraph[1]
            paragraph = []
        if kind == "fence":
            fence = line.strip()[3:]
        elif kind != "blank":
            (paragraph := paragraph or [kind, []])[1].append(line)


def items(lines):
    """Nested lists by indentation."""
    entries = []
    for line in lines:
        if m := re.match(r"(\s*)(?:[-+*]|(\d+)\.)\s+(.*)", line):
            entries.append([len(m[1]), bool(m[2]), m[3]])
        else:
            entries[-1][2] += "\n" + line.strip()

    def build(level):
        tag = "ol" if entries[0][1] else "ul"
        out = [f"<{tag}>"]
        while entries and entries[0][0] >= level:
            _, _, text = entries.pop(0)
            task = re.sub(r"^\[([ x])\] ", lambda m: "\u2611 " if m[1] == "x" else "\u2610 ", text)
            out.append(f"<li>{inline(task)}")
            if entries and entries[0][0] > level:
                out.append(build(entries[0][0]))
            out[-1] += "</li>"
        return "\n".join([*out, f"</{tag}>"])

    return build(0)


def table(lines):
    head, rule, *rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    sides = [{(True, True): "center", (False, True): "right"}.get((c.startswith(":"), c.endswith(":"))) for c in rule]

    def row(cells, tag):
        return "<tr>" + "".join(f"<{tag}" + (f' align="{side}"' if side else "") + f">{inline(cell)}</{tag}>" for cell, side in zip(cells, sides)) + "</tr>"

    return "\n".join(["<table>", row(head, "th"), *(row(cells, "td") for cells in rows), "</table>"])


def render(text):
    for kind, content in blocks(dedent(text).strip("\n").splitlines()):
        match kind:
            case "heading":
                marks, _, title = content[0].partition(" ")
                slug = re.sub(r"\W+", "-", title.lower()).strip("-")
                yield f'<h{len(marks)} id="{slug}">{inline(title)}</h{len(marks)}>'
            case "code":
                language, lines = content
                yield f"<pre><code{f' class={language!r}' if language else ''}>{html.escape(chr(10).join(lines), quote=False)}</code></pre>"
            case "quote":
                yield "<blockquote>\n" + "\n".join(render("\n".join(re.sub(r"^> ?", "", line) for line in content))) + "\n</blockquote>"
            case "item":
                yield items(content)
            case "rule":
                yield "<hr>"
            case "table":
                yield table(content)
            case _:
                yield f"<p>{inline(chr(10).join(content))}</p>"


DOCUMENT = """
    # Harbour *guide*
    Welcome to the **old** harbour,  
    where 2 * 3 < 7 & `a < b` holds.
    See [the map](map.html "A map") or <https://example.org/x>, not snake_case_name.

    ## What to do? (2024)
    - walk the _pier_
      until the end
    - [x] buy `**fish**`
      1. fresh
      2. smoked ~~or not~~
    - \\*literal\\* ![gull](gull.png)

    > A quote
    > with a list:
    >
    > 1. **one**
    ---
    ```python
    if a < b:

        print("*no* marks")
    ```
    | day | tide |
    |-----|-----:|
    | Mo  | *low* |
"""
print("\n".join(render(DOCUMENT)))
print({tag: len(list(group)) for tag, group in groupby(sorted(re.findall(r"<(\w+)", "".join(render(DOCUMENT)))))})
