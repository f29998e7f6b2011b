"""Zip and tar archives, built and read in memory."""
import io
import tarfile
import zipfile
import zlib

FILES = {
    "readme.txt": "Read me first.\n" * 20,
    "src/main.py": "print('hello')\n",
    "src/data/ünïcode.txt": "é" * 50,
    "empty": "",
}

buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, text in FILES.items():
        info = zipfile.ZipInfo(name, date_time=(2024, 2, 29, 12, 30, 2))
        info.compress_type = zipfile.ZIP_STORED if name == "empty" else zipfile.ZIP_DEFLATED
        info.external_attr = 0o640 << 16
        archive.writestr(info, text)
    archive.comment = b"made in memory"
    archive.mkdir("folder")

with zipfile.ZipFile(buffer) as archive:
    print(archive.namelist(), archive.comment, archive.testzip())
    for info in archive.infolist()[:4]:
        content = archive.read(info)
        print(f"{info.filename:<22} {info.file_size:>4} {info.date_time[0]} {info.external_attr >> 16:o} {info.is_dir()} {info.CRC == zlib.crc32(content)} {content.decode() == FILES[info.filename]}")
    with archive.open("readme.txt") as member:
        print(member.readline(), member.read(4), len(member.read()))
    with io.TextIOWrapper(archive.open("src/data/ünïcode.txt"), encoding="utf-8") as member:
        print(len(member.read()))
    try:
        archive.read("nothing")
    except KeyError as error:
        print(type(error).__name__)
    root = zipfile.Path(archive)
    print(sorted(p.name for p in root.iterdir()), (root / "src" / "main.py").read_text(encoding="utf-8").strip(), (root / "src").is_dir())

with zipfile.ZipFile(buffer, "a") as archive:
    archive.writestr("added.bin", bytes(range(256)))
    with archive.open("streamed.txt", "w") as member:
        for n in range(3):
            member.write(f"{n};".encode())
with zipfile.ZipFile(buffer) as archive:
    print(len(archive.namelist()), archive.read("streamed.txt"), archive.getinfo("added.bin").file_size)

print(zipfile.is_zipfile(buffer), zipfile.is_zipfile(io.BytesIO(b"no")))
damaged = bytearray(buffer.getvalue())
damaged[damaged.find(bytes(range(64))) + 7] ^= 0xFF
with zipfile.ZipFile(io.BytesIO(bytes(damaged))) as archive:
    print("first bad file:", archive.testzip())
    try:
        archive.read("added.bin")
    except zipfile.BadZipFile as error:
        print(type(error).__name__)
try:
    zipfile.ZipFile(io.BytesIO(b"PK\x03\x04 nonsense"))
except zipfile.BadZipFile as error:
    print(type(error).__name__)

bundle = io.BytesIO()
with tarfile.open(fileobj=bundle, mode="w:gz") as tar:
    for name, text in FILES.items():
        data = text.encode()
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = len(data), 1_700_000_000, 0o600
        tar.addfile(member, io.BytesIO(data))
    link = tarfile.TarInfo("latest")
    link.type, link.linkname = tarfile.SYMTYPE, "readme.txt"
    tar.addfile(link)
bundle.seek(0)
with tarfile.open(fileobj=bundle) as tar:
    for member in tar:
        kind = "link" if member.issym() else "file" if member.isfile() else "?"
        print(f"{kind} {member.name} {member.size} {member.mode:o} {member.linkname}".rstrip())
    print(tar.extractfile("src/main.py").read(), tar.extractfile("latest").read(4), tar.getnames()[-1])


def transfer(source):
    """Copies a zip into a tar, keeping only Python files and their folders."""
    out = io.BytesIO()
    with zipfile.ZipFile(source) as archive, tarfile.open(fileobj=out, mode="w") as tar:
        for info in archive.infolist():
            if info.filename.endswith(".py"):
                member = tarfile.TarInfo(info.filename)
                member.size = info.file_size
                tar.addfile(member, archive.open(info))
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


print(transfer(buffer))
