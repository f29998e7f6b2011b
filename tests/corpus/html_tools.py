"""html: escaping, entities, and an HTMLParser which extracts text and links."""
import html
from html.entities import codepoint2name, html5, name2codepoint
from html.parser import HTMLParser

print(html.escape("<a href=\"x\">Tom & 'Jerry'</a>"), html.escape("'\"", quote=False))
print(html.unescape("&lt;&eacute;&#233;&#xe9;&amp;lt; &hearts; &notit; &nosuch; &#0; &copy 2024"))
print(name2codepoint["euro"], codepoint2name[0x3B1], html5["gt;"], html.unescape(html.escape("a<b>&'c\"")) == "a<b>&'c\"")

PAGE = """<!DOCTYPE html>
<html><head><title>Tides &amp; Times</title><style>p { color: red }</style></head>
<body class=main>
<!-- a <b>comment</b> -->
<h1>Harbour</h1>
<p>High water at <b>06:12</b>,<br/>low at <i>12:30</i>.
See <a href="/table?a=1&amp;b=2" target=_blank>the table</a> or <A HREF='#top'>top</A>.</p>
<ul><li>one<li>two &lt; three</ul>
<img src="x.png" alt="A &quot;quay&quot;"><input disabled>
<script>if (a < b) { document.write("<p>no</p>"); }</script>
</body></html>"""


class Extractor(HTMLParser):
    void = {"br", "img", "input", "meta"}

    def __init__(self):
        super().__init__()
        self.links, self.images, self.text, self.stack, self.notes = [], [], [""], [], []
        self.deepest = 0

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.text.append("")
        if tag == "a":
            self.links.append(values.get("href"))
        elif tag == "img":
            self.images.append((values["src"], values["alt"]))
        elif tag == "input":
            self.notes.append(attrs)
        if tag not in self.void:
            self.stack.append(tag)
            self.deepest = max(self.deepest, len(self.stack))

    def handle_startendtag(self, tag, attrs):
        self.notes.append(f"{tag} closed itself at {self.getpos()}")

    def handle_endtag(self, tag):
        self.text.append("")
        while self.stack and self.stack.pop() != tag:
            pass

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("script", "style") and data.strip():
            self.text[-1] += " ".join(data.split())

    def handle_comment(self, data):
        self.notes.append(f"comment:{data}")

    def handle_decl(self, decl):
        self.notes.append(f"declared {decl}")


parser = Extractor()
parser.feed(PAGE)
parser.close()
print(parser.links, parser.images, parser.deepest, parser.stack)
print(*parser.notes, sep="\n")
print(" | ".join(filter(None, parser.text)))


class Builder:
    """Builds markup with nested with-blocks."""

    def __init__(self):
        self.lines, self.depth = [], 0

    def tag(self, name, **attributes):
        builder = self
        rendered = "".join(f' {k.rstrip("_")}="{html.escape(str(v))}"' for k, v in attributes.items())

        class Open:
            def __enter__(self):
                builder.line(f"<{name}{rendered}>")
                builder.depth += 1

            def __exit__(self, *_):
                builder.depth -= 1
                builder.line(f"</{name}>")

        return Open()

    def line(self, text):
        self.lines.append("  " * self.depth + text)

    def text(self, value):
        self.line(html.escape(str(value)))


page = Builder()
with page.tag("table", class_="t", title='"quoted"'):
    for row in ([1, "<2>"], ["a & b"]):
        with page.tag("tr"):
            for cell in row:
                with page.tag("td"):
                    page.text(cell)
print("\n".join(page.lines))
