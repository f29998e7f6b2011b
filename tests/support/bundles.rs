//! What the tests of bundles share: a program, and bundles of it.

use std::{fs, path::Path};

use pyc_rs_cache::{Bundle, BundleWriter, EntryKind};

use super::Room;

pub const CLI: &str = r#"
import sys
from . import __version__

def main():
    print("arguments", sys.argv[1:])
    print("version", __version__)
    if "--fail" in sys.argv:
        fail()
    return 3 if "--status" in sys.argv else None

def fail():
    raise ValueError("on purpose")
"#;

/// A folder `src` with a package, a namespace, data, and what never goes into a bundle.
pub fn program() -> Room {
    let room = Room::tidy();
    room.write("src/app/__init__.py", "'''The application.'''\n__version__ = '1.2'\n");
    room.write("src/app/__main__.py", "import sys\nfrom .cli import main\nsys.exit(main())\n");
    room.write("src/app/cli.py", CLI);
    room.write("src/app/data/greeting.txt", "hello from a file\n");
    room.write("src/space/part.py", "VALUE = 'namespace'\n");
    room.write("src/app/__pycache__/cli.cpython-313.pyc", "nothing");
    room.write("src/.hidden.py", "1 / 0\n");
    room
}

pub fn built(arguments: &[&str]) -> Room {
    let room = program();
    room.run(&[&["compile", "-q", "src", "-o", "app.pycb"], arguments].concat()).ok();
    // What is not in the bundle is not needed.
    fs::remove_dir_all(room.path().join("src")).unwrap();
    room
}

pub fn names(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let bundle = Bundle::open(bytes).unwrap();
    bundle.entries().map(|entry| format!("{} {}", entry.kind, entry.name)).collect()
}

pub fn rewrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The bundle again, as another engine would have made it.
pub fn of_another_engine(path: &Path) {
    let bundle = Bundle::open(fs::read(path).unwrap()).unwrap();
    let manifest = bundle.manifest().unwrap();
    let mut writer = BundleWriter::new("another engine 9.9");
    for entry in bundle.entries() {
        let bytes = entry.bytes().unwrap().into_owned();
        match entry.kind {
            // Nothing that this engine could make sense of.
            EntryKind::Code => writer.add_code(entry.name, entry.is_package, entry.key, vec![0xee; 64], false),
            EntryKind::Source => writer.add_source(entry.name, entry.is_package, bytes, true),
            EntryKind::Data => writer.add_data(entry.name, bytes, true),
        }
    }
    writer.set_entry_point(manifest.entry_point.as_deref().unwrap());
    rewrite(path, &writer.finish().unwrap());
}
