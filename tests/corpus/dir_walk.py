"""tempfile, shutil, os: build a tree, walk it, copy it, compare it, remove it."""
import filecmp
import fnmatch
import glob
import os
import shutil
import stat
import tempfile

SPEC = {
    "docs": {"a.txt": "alpha", "b.md": "beta beta", "deep": {"c.txt": "gamma"}},
    "src": {"main.py": "pass\n", "util.py": "x = 1\n", "__init__.py": ""},
    "empty": {},
    "top.txt": "top",
}


def build(root, spec):
    for name, content in spec.items():
        path = os.path.join(root, name)
        if isinstance(content, dict):
            os.mkdir(path)
            build(path, content)
        else:
            with open(path, "w", encoding="utf-8", newline="") as out:
                out.write(content)


def listing(root, topdown=True):
    for folder, folders, files in os.walk(root, topdown=topdown):
        folders.sort()
        yield os.path.relpath(folder, root).replace(os.sep, "/"), sorted(folders), sorted(files)


def usage(root):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, files in os.walk(root) for name in files)


def tree(root, indent=""):
    with os.scandir(root) as entries:
        for entry in sorted(entries, key=lambda e: (e.is_file(), e.name)):
            print(f"{indent}{entry.name}{'/' if entry.is_dir() else f' {entry.stat().st_size}'}")
            if entry.is_dir():
                tree(entry.path, indent + "  ")


base = tempfile.mkdtemp(prefix="corpus-")
try:
    one, two = os.path.join(base, "one"), os.path.join(base, "two")
    os.makedirs(one)
    build(one, SPEC)
    tree(one)
    for row in listing(one):
        print(*row)
    print(sorted(row[0] for row in listing(one, topdown=False)), usage(one))

    shutil.copytree(one, two, ignore=shutil.ignore_patterns("*.md", "deep"))
    comparison = filecmp.dircmp(one, two)
    print(comparison.left_only, comparison.common_dirs, comparison.subdirs["docs"].left_only, comparison.same_files)
    with open(os.path.join(two, "top.txt"), "a", encoding="utf-8") as out:
        out.write("!")
    print(filecmp.cmpfiles(one, two, ["top.txt", "none"], shallow=False), filecmp.cmp(os.path.join(one, "src/main.py"), os.path.join(two, "src/main.py"), shallow=False))

    print(sorted(os.path.relpath(p, one) for p in glob.glob(os.path.join(one, "**", "*.txt"), recursive=True)), sorted(glob.glob("s*/u*.py", root_dir=one)))
    print(fnmatch.filter(["a.py", "b.txt", "A.PY", "c.pyc"], "*.py"), fnmatch.fnmatchcase("data7", "data[0-9]"), fnmatch.fnmatchcase("x", "[!xy]"))

    shutil.move(os.path.join(two, "src"), os.path.join(two, "moved"))
    shutil.copy(os.path.join(one, "docs", "b.md"), os.path.join(two, "empty"))
    shutil.copyfile(os.path.join(one, "top.txt"), os.path.join(two, "copy.txt"))
    os.replace(os.path.join(two, "copy.txt"), os.path.join(two, "top.txt"))
    os.remove(os.path.join(two, "moved", "util.py"))
    os.symlink("top.txt", os.path.join(two, "link"))
    os.link(os.path.join(two, "top.txt"), os.path.join(two, "hard"))
    print(sorted(os.listdir(two)), os.readlink(os.path.join(two, "link")), os.path.islink(os.path.join(two, "link")), os.stat(os.path.join(two, "hard")).st_nlink)
    os.chmod(os.path.join(two, "hard"), 0o640)
    mode = os.stat(os.path.join(two, "top.txt")).st_mode
    print(stat.filemode(mode), stat.S_ISREG(mode), oct(stat.S_IMODE(mode)), os.access(one, os.R_OK | os.X_OK))
    os.utime(os.path.join(one, "top.txt"), (1_000_000_000, 1_200_000_000))
    print(os.path.getmtime(os.path.join(one, "top.txt")), os.path.samefile(one, os.path.join(two, os.pardir, "one")))

    for action in (lambda: os.rmdir(one), lambda: os.mkdir(one), lambda: os.listdir(base + "/none"), lambda: os.remove(one), lambda: shutil.copytree(one, two), lambda: shutil.rmtree(base + "/none"), lambda: shutil.copyfile(one + "/top.txt", one + "/top.txt")):
        try:
            action()
        except OSError as error:
            print(type(error).__name__, end=" ")
    print()

    archive = shutil.make_archive(os.path.join(base, "packed"), "zip", one)
    shutil.unpack_archive(archive, os.path.join(base, "three"))
    print(os.path.basename(archive), usage(os.path.join(base, "three")) == usage(one))
    here = os.getcwd()
    os.chdir(one)
    print(sorted(os.listdir()), os.path.exists("docs/deep/../a.txt"), os.path.basename(os.getcwd()))
    os.chdir(here)
    with tempfile.NamedTemporaryFile("w+", dir=base, suffix=".tmp", encoding="utf-8") as scratch:
        scratch.write("scratch")
        scratch.seek(0)
        print(scratch.read(), os.path.dirname(scratch.name) == base, scratch.name.endswith(".tmp"))
        name = scratch.name
    print(os.path.exists(name))
    with tempfile.TemporaryFile() as anonymous, tempfile.SpooledTemporaryFile(max_size=10) as spooled:
        anonymous.write(b"abc")
        spooled.write(b"x" * 20)
        print(anonymous.tell(), spooled.tell())
finally:
    shutil.rmtree(base)
print(os.path.exists(base))
print(os.path.join("a", "/b", "c"), os.path.normpath("a/./b/../c//d"), os.path.split("/x/y.z"), os.path.splitext("a.tar.gz"), os.path.commonpath(["/a/b/c", "/a/b/d"]), os.path.splitext(".rc"), os.path.isabs("a"))
