"""Marks inside a line of text."""
import html
import re

INLINE = [
    (re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)"), r'<img src="\2" alt="\1">'),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)(?:\s+&quot;(.*?)&quot;)?\)"), lambda m: f'<a href="{m[2]}"' + (f' title="{m[3]}"' if m[3] else "") + f">{m[1]}</a>"),
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])[*_](?=\S)(.+?)(?<=\S)[*_](?![\w*])"), r"<em>\1</em>"),
    (re.compile(r"~~(.+?)~~"), r"<del>\1</del>"),
    (re.compile(r"&lt;(https?://[^\s&]+)&gt;"), r'<a href="\1">\1</a>'),
    (re.compile(r"  \n"), "<br>\n"),
]


def inline(text):
    """Code spans are set aside first, so that nothing inside them is touched."""
    kept = []

    def keep(match):
        kept.append(f"<code>{html.escape(match[2].strip(), quote=False)}</code>")
        return f"\0{len(kept) - 1}\0"

    text = re.sub(r"(`+)(.+?)\1", keep, text)
    text = re.sub(r"\\([\\`*_\[\]])", lambda m: (kept.append(m[1]), f"\0{len(kept) - 1}\0")[1], text)
    text = html.escape(text)
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    return re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], text)
