import re

LINE = '192.168.%d.%d - user%d [%02d/Nov/2026:10:%02d:07] "GET /item/%d?q=a+b HTTP/1.1" %d %d\n'
ENTRY = re.compile(
    r'^(?P<host>[\d.]+) - (?P<user>\w+) \[(?P<time>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) (?P<size>\d+)$',
    re.M,
)


def main(count):
    text = "".join(
        LINE % (i % 256, i * 7 % 256, i % 50, i % 28 + 1, i % 60, i, (200, 404, 500)[i % 3], i * 13) for i in range(count)
    )
    size = sum(int(m.group("size")) for m in ENTRY.finditer(text) if m.group("status") == "200")
    users = len(set(re.findall(r"user\d+", text)))
    masked = re.sub(r"(\d+)\.(\d+)\.(\d+)\.(\d+)", r"\1.\2.x.x", text)
    words = re.split(r"[\s\"\[\]:/?=]+", text)
    return size, users, masked.count(".x.x"), len(words)


print(main(9000))
