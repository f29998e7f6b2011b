"""xml.etree.ElementTree: parse, query, change, build and write a catalogue."""
import io
import xml.etree.ElementTree as ET
from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

SOURCE = """<?xml version="1.0"?>
<catalogue xmlns:d="urn:dates" name="spring">
  <!-- first -->
  <plant id="p1" d:sown="2024-03-01"><name>Pea</name><price cur="EUR">1.50</price><tag>green</tag><tag>climber</tag></plant>
  <plant id="p2"><name>Fox &amp; cubs</name><price cur="SEK">12</price><note>likes <b>full</b> sun<br/> always</note></plant>
  <shed><plant id="p3"><name lang="fr">Pensée</name><price cur="EUR">0.75</price></plant></shed>
  <raw><![CDATA[<not & parsed>]]></raw>
</catalogue>"""

root = ET.fromstring(SOURCE)
print(root.tag, root.attrib, len(root), [child.tag for child in root])
for plant in root.iter("plant"):
    print(plant.get("id"), plant.findtext("name"), plant.find("price").attrib, [t.text for t in plant.findall("tag")], plant.get("{urn:dates}sown", "-"))
print(root.find(".//plant[@id='p3']/name").text, [p.get("id") for p in root.findall("plant")], [p.get("id") for p in root.findall(".//plant[price='1.50']")])
print(root.find("shed/plant/name[@lang]").attrib, len(root.findall("./*")), root.find("plant[2]").get("id"), root.find("none"), root.findtext("none", "default"), root.findtext("raw"))
note = root.find(".//note")
print(repr(note.text), [(c.tag, c.text, c.tail) for c in note], "".join(note.itertext()))

totals = defaultdict(float)
for price in root.iter("price"):
    totals[price.get("cur")] += float(price.text)
print(dict(totals))

for price in root.findall(".//price[@cur='EUR']"):
    price.text = f"{float(price.text) * 1.1:.2f}"
    price.set("changed", "yes")
root.remove(root.find("raw"))
shed = root.find("shed")
extra = ET.SubElement(shed, "plant", {"id": "p4"}, kind="<new>")
ET.SubElement(extra, "name").text = "Zoë's \"rose\" & co"
shed.insert(0, ET.Comment(" moved "))
root[0].tail = None
ET.indent(root, "  ")
print(ET.tostring(shed, encoding="unicode"))
print(ET.tostring(extra, encoding="us-ascii").decode().splitlines()[1:3])

tree = ET.ElementTree(root)
out = io.BytesIO()
tree.write(out, encoding="utf-8", xml_declaration=True)
again = ET.parse(io.BytesIO(out.getvalue())).getroot()
print(out.getvalue().splitlines()[0], len(list(again.iter())), again.find(".//plant[@kind]").findtext("name"))
print(ET.canonicalize('<a z="1" b="2"><c/>x</a>'), ET.tostring(ET.XML("<e><f></f></e>"), short_empty_elements=False))

ET.register_namespace("g", "urn:garden")
garden = ET.Element("{urn:garden}garden", {"{urn:garden}size": "5"})
ET.SubElement(garden, "{urn:garden}bed").text = "tulips"
print(ET.tostring(garden, "unicode"), garden.findtext("x:bed", namespaces={"x": "urn:garden"}), garden.find("{*}bed").tag)

events = []
for event, element in ET.iterparse(io.StringIO("<r><a>1</a><b><a>2</a></b></r>"), events=("start", "end")):
    events.append(f"{'+' if event == 'start' else '-'}{element.tag}")
    if event == "end" and element.tag == "b":
        element.clear()
print(" ".join(events))

pull = ET.XMLPullParser(["end"])
for piece in ("<log><e n='1'/>", "<e n='2'", "/></log>"):
    pull.feed(piece)
pull.close()
print([(event, e.tag, e.get("n")) for event, e in pull.read_events()])


class Outline:
    """A parser target."""

    def __init__(self):
        self.depth, self.lines = 0, []

    def start(self, tag, attributes):
        self.lines.append("." * self.depth + tag)
        self.depth += 1

    def end(self, tag):
        self.depth -= 1

    def data(self, text):
        if text.strip():
            self.lines[-1] += f"={text.strip()}"

    def close(self):
        return self.lines


parser = ET.XMLParser(target=Outline())
parser.feed("<a><b>1</b><c><d>two</d></c></a>")
print(parser.close())
try:
    ET.fromstring("<a/><b/>")
except ET.ParseError as error:
    print(type(error).__name__)
copy = ET.fromstring("<x><y/></x>")
copy.extend([ET.Element("z"), ET.Element("w")])
copy[0], copy[1] = copy[1], copy[0]
del copy[2]
print([e.tag for e in copy], escape("<&>"), quoteattr('a"b'), ET.iselement(copy), [e.tag for e in copy.iter()])
