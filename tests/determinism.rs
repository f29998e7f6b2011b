//! The same sources make the same bytes, and other inputs make other objects.

mod support;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use support::{Room, repository};

/// Programs of all kinds, with names that are modules' names as well.
fn sources() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(repository().join("tests/corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    found.sort();
    assert!(found.len() > 50);
    found
}

/// A copy of the sources in a folder of this name; returns the paths of the copies.
fn copied(room: &Room, folder: &str) -> Vec<String> {
    let copy = |path: &PathBuf| {
        let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
        room.write(&name, fs::read(path).unwrap());
        name
    };
    sources().iter().map(copy).collect()
}

/// What compiling the sources makes, the plainest way.
fn reference() -> BTreeMap<String, Vec<u8>> {
    let room = Room::new();
    copied(&room, "tree");
    room.run(&["compile", "-q", "-j", "1", "tree"]).ok();
    let made = room.stored();
    assert!(made.len() > 50 && made.len() <= sources().len());
    made
}

/// Names and bytes of all packs.
fn packs(room: &Room) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    room.packs().iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

#[track_caller]
fn assert_same(room: &Room, wanted: &BTreeMap<String, Vec<u8>>) {
    let made = room.stored();
    assert_eq!(made.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    let different: Vec<_> =
        made.iter().filter(|(name, bytes)| wanted[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn jobs_order_folders_and_caches_make_no_difference() {
    let wanted = reference();
    let plain = Room::new();
    copied(&plain, "tree");
    plain.run(&["compile", "-q", "-j", "1", "tree"]).ok();
    let wanted_packs = packs(&plain);
    assert_eq!(wanted_packs.len(), 1);
    for jobs in ["2", "8"] {
        let room = Room::new();
        copied(&room, "tree");
        room.run(&["compile", "-q", "-j", jobs, "tree"]).ok();
        assert_same(&room, &wanted);
        assert_eq!(packs(&room), wanted_packs);
    }
    let shuffled = Room::new();
    let mut files = copied(&shuffled, "another folder/deeper");
    // A permutation without pattern: by a hash of the name.
    files.sort_by_key(|name| blake3::hash(name.as_bytes()).to_hex());
    let mut arguments = vec!["compile".to_owned(), "-q".to_owned()];
    arguments.extend(files);
    shuffled.run(&arguments).ok();
    assert_same(&shuffled, &wanted);
}

#[test]
fn times_and_permissions_of_sources_make_no_difference() {
    let wanted = reference();
    let room = Room::new();
    for (number, name) in copied(&room, "tree").iter().enumerate() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 * number as u64);
        let file = File::options().write(true).open(room.path().join(name)).unwrap();
        file.set_modified(time).unwrap();
        let mut permissions = file.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        file.set_permissions(permissions).unwrap();
    }
    let mut command = room.command();
    command.args(["compile", "-q", "tree"]).env("TZ", "Asia/Tokyo").env("PYTHONHASHSEED", "7").env("LC_ALL", "C");
    support::with_input(command, b"").ok();
    assert_same(&room, &wanted);
}

#[test]
fn running_and_importing_make_the_objects_that_compiling_makes() {
    let room = Room::new();
    room.write("one/main.py", "import part, pkg.sub\nprint(part.x, pkg.sub.y)\n");
    room.write("one/part.py", "'doc'\nx = {1, 2} and 'a'\n");
    room.write("one/pkg/__init__.py", "");
    room.write("one/pkg/sub.py", "y = [i for i in (1, 2.5, 1j, b'x', ...)][:1]\n");
    assert_eq!(room.run(&["run", "one/main.py"]).ok().stdout, "a [1]\n");
    let by_running = room.stored();
    assert_eq!(by_running.len(), 4);
    fs::remove_dir_all(room.cache_dir().join("v1/objects")).unwrap();
    room.run(&["compile", "-q", "one"]).ok();
    assert_same(&room, &by_running);
}

#[test]
fn a_repaired_object_is_the_same_again() {
    let room = Room::new();
    copied(&room, "tree");
    room.run(&["compile", "-q", "tree"]).ok();
    room.write("few.py", "x = 'few'\n");
    room.run(&["compile", "-q", "few.py"]).ok();
    let wanted = room.stored();
    let [pack] = room.packs().try_into().unwrap();
    let damaged = support::damage_packed(&pack, 7);
    assert!(damaged.len() > 5 && room.objects().len() == 1);
    for object in room.objects().iter().step_by(7) {
        fs::remove_file(object).unwrap();
        fs::write(object, [0; 300]).unwrap();
    }
    room.run(&["cache", "verify", "--repair"]).ok();
    assert_same(&room, &wanted);
}

#[test]
fn each_input_of_the_compiler_makes_another_object() {
    let room = Room::new();
    let mut count = 0;
    let mut expect_new = |what: &str, arguments: &[&str]| {
        room.run(arguments).ok();
        count += 1;
        assert_eq!(room.stored().len(), count, "{what} made no object of its own");
        room.run(arguments).ok();
        assert_eq!(room.stored().len(), count, "{what} made two objects");
    };
    let text = "x = 1\nx\n";
    room.write("a.py", text);
    expect_new("a source", &["compile", "-q", "a.py"]);
    expect_new("-O", &["compile", "-q", "-O", "a.py"]);
    expect_new("-OO", &["compile", "-q", "-OO", "a.py"]);
    expect_new("another mode", &["run", "--format", "json", "a.py"]);
    expect_new("another mode with -O", &["run", "-O", "--format", "json", "a.py"]);
    for (what, changed) in [
        ("one byte", "x = 2\nx\n"),
        ("a space at the end", "x = 1\nx\n "),
        ("a comment", "x = 1\nx\n#"),
        ("other line ends", "x = 1\r\nx\r\n"),
        ("a byte order mark", "\u{feff}x = 1\nx\n"),
    ] {
        room.write("b.py", changed);
        expect_new(what, &["compile", "-q", "b.py"]);
    }
    // The name is no input, nor is the way to run a file.
    room.write("c.py", text);
    room.run(&["compile", "-q", "c.py"]).ok();
    room.run(&["run", "c.py"]).ok();
    assert_eq!(room.stored().len(), count);
}
