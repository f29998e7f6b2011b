//! An unchanged tree costs no more than a look at its files. The kernel tells who
//! opened and read what: neither times nor counters of our own are taken for it.

use std::{fs, mem::MaybeUninit, os::fd::OwnedFd, path::Path};

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

use crate::{
    compile, settle,
    support::{Room, set_modified},
};

/// Notes what is opened in some folders.
struct Watch(OwnedFd);

impl Watch {
    fn over(folders: &[&Path]) -> Self {
        let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        for folder in folders {
            inotify::add_watch(&watch, *folder, WatchFlags::OPEN | WatchFlags::ACCESS).unwrap();
        }
        Self(watch)
    }

    /// The names of the files that were opened or read so far.
    fn opened(self) -> Vec<String> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(self.0, &mut buffer);
        let mut names = Vec::new();
        while let Ok(event) = events.next() {
            // Folders have to be listed.
            if let Some(name) = event.file_name().filter(|_| !event.events().contains(inotify::ReadFlags::ISDIR)) {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        names.sort();
        names.dedup();
        names
    }
}

#[test]
fn an_unchanged_tree_is_neither_read_nor_looked_up() {
    let room = Room::new();
    let changed = room.write("a.py", "x = 1\n");
    room.write("b.py", "x = '\\d'\n");
    room.write("sub/c.py", "x = 3\n");
    settle(&room, &["."]);
    let objects = room.objects();
    let mut folders = vec![room.path(), room.path().join("sub")];
    folders.extend(objects.iter().map(|object| object.parent().unwrap().to_owned()));
    let folders: Vec<&Path> = folders.iter().map(AsRef::as_ref).collect();

    for arguments in [&["."][..], &["--check", "."], &["--explain", "."], &["--dry-run", "."], &["-j8", ".", "sub"]] {
        let watch = Watch::over(&folders);
        let ran = compile(&room, arguments).ok();
        assert!(ran.stderr.contains(" 3 fresh, "), "{}", ran.stderr);
        assert!(watch.opened().is_empty(), "{arguments:?}");
    }

    // That this would be seen: only the file whose time is another is read.
    set_modified(&changed, std::time::SystemTime::UNIX_EPOCH);
    let watch = Watch::over(&folders);
    compile(&room, &["."]).ok();
    let opened = watch.opened();
    assert_eq!(opened.iter().filter(|name| name.ends_with(".py")).collect::<Vec<_>>(), ["a.py"]);
    assert_eq!(opened.len(), 2, "a source and an object: {opened:?}");
}

#[test]
fn named_files_are_remembered_too() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    room.write("b.py", "x = 2\n");
    settle(&room, &["a.py"]);
    settle(&room, &["b.py"]);
    let watch = Watch::over(&[&room.path()]);
    compile(&room, &["a.py"]).ok();
    assert!(watch.opened().is_empty());
}

#[test]
fn the_index_is_worth_time_only() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    settle(&room, &["."]);
    let index = room.cache_dir().join("v1/index");
    for spoil in [
        |path: &Path| fs::remove_file(path).unwrap(),
        |path: &Path| {
            fs::remove_file(path).unwrap();
            fs::write(path, "nonsense").unwrap();
        },
    ] {
        for entry in fs::read_dir(&index).unwrap() {
            spoil(&entry.unwrap().path());
        }
        let ran = compile(&room, &["--explain", "."]).ok();
        assert_eq!(ran.stdout, "fresh a.py (content is in the cache)\n");
        settle(&room, &["."]);
    }
}
