"""Packs a tree of sources as a wheel: wheel.py TREE WHEEL."""

import os
import sys
import zipfile

tree, wheel = sys.argv[1:]
info = "lib_as_wheel-1.0.dist-info/"
names = []
with zipfile.ZipFile(wheel, "w") as archive:
    for folder, _, files in os.walk(tree):
        for file in sorted(files):
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                names.append("lib_as_wheel/" + os.path.relpath(path, tree))
                archive.write(path, names[-1])
    archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: lib-as-wheel\nVersion: 1.0\n")
    archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    names += [info + name for name in ("METADATA", "WHEEL", "RECORD")]
    archive.writestr(info + "RECORD", "".join('"%s",,\n' % name for name in names))
