"""Dialects, quoting rules, sniffing and dictionary rows."""
import csv
import io

ROWS = [
    ["id", "name", "note"],
    [1, "Ana", 'said "hi"'],
    [2, "Bo, Jr", "two\nlines"],
    [3.5, "", None],
    [-4, "semi;colon", "tab\there"],
]


def dump(rows, **options):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **options).writerows(rows)
    return out.getvalue()


for label, options in {
    "minimal": {},
    "all": {"quoting": csv.QUOTE_ALL},
    "non-numeric": {"quoting": csv.QUOTE_NONNUMERIC},
    "none": {"quoting": csv.QUOTE_NONE, "escapechar": "\\", "delimiter": "|"},
    "single quotes": {"quotechar": "'", "delimiter": ";"},
}.items():
    text = dump(ROWS, **options)
    print(f"[{label}]")
    print(text, end="")
    if label != "none":
        back = list(csv.reader(io.StringIO(text, newline=""), **options))
        print(len(back), back[1], back[3])


class Pipes(csv.Dialect):
    delimiter = "|"
    quotechar = "~"
    doublequote = True
    skipinitialspace = True
    lineterminator = "\r\n"
    quoting = csv.QUOTE_MINIMAL


csv.register_dialect("pipes", Pipes)
print("pipes" in csv.list_dialects(), csv.get_dialect("pipes").delimiter)
print(list(csv.reader(["a|  b|~c | ~~d~~~|", "", "x"], dialect="pipes")))
print(repr(csv.writer(out := io.StringIO(), "pipes").writerow(["p|q", "r"])), repr(out.getvalue()))
csv.unregister_dialect("pipes")

source = io.StringIO("name,age\nAna,31\nBo\nCy,40,extra,more\n\nDi,22\n")
reader = csv.DictReader(source, restkey="rest", restval="?")
for row in reader:
    print(reader.line_num, row)
print(reader.fieldnames)

out = io.StringIO()
writer = csv.DictWriter(out, ["b", "a"], restval="-", extrasaction="ignore", lineterminator="\n")
writer.writeheader()
writer.writerow({"a": 1, "b": 2, "c": 3})
writer.writerows([{"a": "x,y"}, {}])
print(out.getvalue(), end="")
try:
    csv.DictWriter(out, ["a"]).writerow({"z": 1})
except ValueError as error:
    print(type(error).__name__)

sample = "city;rain;sun\nOslo;12;3\nRome;1;28\n"
dialect = csv.Sniffer().sniff(sample, delimiters=";,")
print(repr(dialect.delimiter), csv.Sniffer().has_header(sample))
print(list(csv.reader(['1,"2",3.5'], quoting=csv.QUOTE_NONNUMERIC)))
try:
    list(csv.reader(['a,"b"c'], strict=True))
except csv.Error as error:
    print(type(error).__name__)
