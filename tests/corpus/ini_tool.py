"""Queries and edits an INI file through configparser."""
import configparser
import io
from pathlib import Path

SOURCE = Path(__file__).parent / "ini_tool.data" / "app.ini"


def describe(config):
    for section in config.sections():
        own = [key for key in config[section] if key not in config.defaults()]
        print(f"[{section}] {len(own)} own keys: {', '.join(own) or '-'}")


def query(config, path):
    section, _, option = path.partition(".")
    try:
        return config.get(section, option)
    except configparser.NoSectionError as error:
        return f"<no section {error.section}>"
    except configparser.NoOptionError as error:
        return f"<no option {error.option} in {error.section}>"


config = configparser.ConfigParser()
with SOURCE.open(encoding="utf-8") as handle:
    config.read_file(handle)
describe(config)

for path in ("paths.data", "paths.logs", "server.host", "server.user", "client.host", "empty.root"):
    print(f"{path:<12} = {query(config, path)}")

server = config["server"]
print(server.getint("port") + 1, server.getfloat("ratio") * 2, server.getboolean("debug"))
print(config["empty"].getboolean("debug"), server.get("missing", fallback="n/a"))
print(server["hosts"].split())

config.add_section("added")
config["added"]["Key With Space"] = "100%%"
config.set("paths", "name", "live")
config.remove_option("server", "ratio")
config.remove_section("empty")
print(config["paths"]["logs"], config["added"]["key with space"])

out = io.StringIO()
config.write(out)
print(out.getvalue().rstrip().replace("\t", "<tab>"))

raw = configparser.RawConfigParser(allow_no_value=True, delimiters=("=",))
raw.optionxform = str
raw.read_string("[Flags]\nVerbose\nLevel = 3\nURL = http://x/%20y\n")
print(dict(raw["Flags"]))
for text in ("no header = 1\n", "[a]\nx=1\n[a]\ny=2\n", "[a]\nx=1\nx=2\n"):
    try:
        configparser.ConfigParser().read_string(text)
    except configparser.Error as error:
        print(type(error).__name__)
