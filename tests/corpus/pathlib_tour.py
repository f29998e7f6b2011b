"""Pure paths, then a small tree of real files in a temporary folder."""
import tempfile
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

p = PurePosixPath("/srv/data/archive.tar.gz")
print(p.name, p.stem, p.suffix, p.suffixes, p.parent, p.root, p.anchor, p.parts)
print(p.with_suffix(".zip"), p.with_name("x.txt"), p.with_stem("old"), p.parent / "a" / "../b", p.is_absolute())
print(list(map(str, p.parents)), p.relative_to("/srv"), p.is_relative_to("/home"), p.match("*.gz"))
print(PurePosixPath("a//b/./c/"), PurePosixPath("a") / "/b", PurePosixPath(), PurePosixPath("..").name, repr(p.parent))
print(PurePosixPath("a/b").relative_to("a/c", walk_up=True), PurePosixPath("a") < PurePosixPath("b"), p == PurePath("/srv/data/archive.tar.gz"))
w = PureWindowsPath(r"C:\Users\Ana\notes.TXT")
print(w.drive, w.as_posix(), w.suffix, w == PureWindowsPath("c:/users/ana/NOTES.txt"), w.parts)
try:
    p.relative_to("/home")
except ValueError as error:
    print(type(error).__name__)


def show(root):
    for path in sorted(root.rglob("*")):
        depth = len(path.relative_to(root).parts) - 1
        size = f" ({path.stat().st_size})" if path.is_file() else "/"
        print("  " * depth + path.name + size)


with tempfile.TemporaryDirectory() as name:
    root = Path(name)
    (root / "src" / "deep").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "src" / "deep").mkdir(exist_ok=True)
    print((root / "src/main.py").write_text("print('hi')\n", encoding="utf-8"))
    (root / "src/deep/util.py").write_text("# caf\u00e9\n", encoding="utf-8")
    print((root / "docs/logo.bin").write_bytes(bytes(range(10))))
    (root / "docs/empty.md").touch()
    show(root)

    print((root / "src/deep/util.py").read_text(encoding="utf-8").strip(), (root / "docs/logo.bin").read_bytes()[-3:])
    print(sorted(f.relative_to(root).as_posix() for f in root.glob("**/*.py")))
    print(sorted(f.name for f in root.glob("d*/*.??")), sorted(f.name for f in root.iterdir()))

    with (root / "docs/empty.md").open("a", encoding="utf-8") as handle:
        handle.writelines(f"line {n}\n" for n in range(3))
    moved = (root / "docs/empty.md").rename(root / "docs/full.md")
    print(moved.name, moved.read_text(encoding="utf-8").splitlines(), (root / "docs/empty.md").exists())
    (root / "docs/logo.bin").replace(root / "logo.bin")
    (root / "link").symlink_to("logo.bin")
    print((root / "link").is_symlink(), (root / "link").resolve().name, (root / "link").readlink())

    for base, folders, files in root.walk():
        folders.sort()
        print(base.relative_to(root), folders, sorted(files))

    (root / "link").unlink()
    (root / "nothing").unlink(missing_ok=True)
    for action in (
        lambda: (root / "nothing").read_text(),
        lambda: (root / "docs").mkdir(),
        lambda: (root / "src").rmdir(),
        lambda: (root / "docs").read_bytes(),
        lambda: (root / "logo.bin" / "x").stat(),
    ):
        try:
            action()
        except OSError as error:
            print(type(error).__name__)
    print(sorted((root / "src").glob("*.txt")), (root / "logo.bin").samefile(root / "docs/../logo.bin"))
print(root.exists())
