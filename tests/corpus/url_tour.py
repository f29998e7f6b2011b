"""urllib.parse: splitting, joining, quoting, queries; and a small router on top."""
import re
from urllib.parse import parse_qs, parse_qsl, quote, quote_plus, unquote, unquote_plus, unquote_to_bytes, urldefrag, urlencode, urljoin, urlparse, urlsplit, urlunsplit

URL = "https://ana:s%40fe@Example.ORG:8443/a%20b/c;p=1?q=caf%C3%A9&empty=&q=2#top"
parts = urlsplit(URL)
print(parts.scheme, parts.netloc, parts.path, parts.query, parts.fragment, sep=" | ")
print(parts.username, unquote(parts.password), parts.hostname, parts.port, parts.geturl() == URL, urlparse(URL).params)
print(parts._replace(netloc="x.org", query="", fragment="").geturl(), urlunsplit(("http", "h", "p", "a=1", "f")), urldefrag("u#f").fragment)
for text in ("//host/path", "mailto:me@x.org", "path/only?x", "http://[::1]:80/", "HTTP://H", "", "a:b:c"):
    s = urlsplit(text)
    print(f"{text:<18} {s.scheme!r} {s.netloc!r} {s.path!r} {s.hostname!r}")
for text in ("http://h:99999/", "http://h:port/", "http://[::1/"):
    try:
        print(urlsplit(text).port)
    except ValueError as error:
        print(type(error).__name__, end=" ")
print()

BASE = "http://a/b/c/d;p?q"
for link in ("g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "..", "../g", "../../g", "../../../g", "g;x=1/../y", "http:g", "https://z/", ""):
    print(f"{link or '-':<12} {urljoin(BASE, link)}")

print(quote("a b/c?é&~"), quote("a/b", safe=""), quote_plus("a b+c"), unquote("%E2%82%AC%20%zz"), unquote_plus("a+b%2B"), unquote_to_bytes("%ff%00"), quote(b"\xff a"), quote("ñ", encoding="latin-1"))
print(unquote("%ff"), unquote("%ff", errors="ignore") == "", unquote("%E9", encoding="latin-1"))
print(parse_qs("a=1&b=2&a=3&c&d="), parse_qs("c&d=", keep_blank_values=True), parse_qsl("x=%20+&y=a%3Db"), parse_qs("a=1;b=2", separator=";"))
print(urlencode({"q": "a b&c", "n": 5, "e": "é"}), urlencode([("k", [1, 2]), ("z", "x/y")], doseq=True, safe="/"), urlencode({"a b": None}, quote_via=quote))
try:
    parse_qs("novalue", strict_parsing=True)
except ValueError as error:
    print(type(error).__name__)


class Router:
    def __init__(self):
        self.routes = []

    def route(self, pattern, method="GET"):
        regex = re.compile(re.sub(r"<(?:(\w+):)?(\w+)>", lambda m: f"(?P<{m[2]}>{ {'int': '[0-9]+', 'path': '.+'}.get(m[1], '[^/]+') })", pattern))
        converters = {name: int for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", pattern) if kind == "int"}

        def register(handler):
            self.routes.append((method, regex, converters, handler))
            return handler

        return register

    def __call__(self, method, url):
        target = urlsplit(url)
        path, allowed = unquote(target.path), set()
        for own, regex, converters, handler in self.routes:
            if match := regex.fullmatch(path):
                if own == method:
                    values = {k: converters.get(k, str)(v) for k, v in match.groupdict().items()}
                    return 200, handler(**values, **dict(parse_qsl(target.query)))
                allowed.add(own)
        return (405, sorted(allowed)) if allowed else (404, path)


app = Router()


@app.route("/users/<int:id>")
@app.route("/people/<int:id>")
def user(id, page="1"):
    return f"user {id + 1} page {page}"


@app.route("/files/<path:name>", "PUT")
def save(name, **options):
    return f"saved {name} {options}"


for request in (("GET", "/users/41?page=3"), ("GET", "/people/7"), ("PUT", "/files/a/b%20c.txt?mode=x&x=%26"), ("GET", "/files/a"), ("GET", "/users/x")):
    print(*request, "->", *app(*request))
