//! A read-only store below the user's, seen from outside.

mod support;

use std::{collections::BTreeMap, fs, path::PathBuf};

use support::{Ran, Room, collect_files, damage};

/// A room whose cache is the base of others: two modules are compiled there.
fn base() -> Room {
    let room = Room::tidy();
    room.write("deps/a.py", "x = 1\n");
    room.write("deps/b.py", "y = 2\n");
    room.run(&["compile", "-q", "deps"]).ok();
    room
}

fn files(room: &Room) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut found = Vec::new();
    collect_files(&room.cache_dir(), &mut found);
    let state = |path: PathBuf| {
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        (path.clone(), (fs::read(&path).unwrap(), modified))
    };
    found.into_iter().map(state).collect()
}

fn on_top(base: &Room, room: &Room, arguments: &[&str]) -> Ran {
    let mut command = room.command();
    command.env("PYC_RS_BASE_CACHE_DIR", base.cache_dir()).args(arguments);
    Ran::from(command.output().unwrap())
}

fn top() -> Room {
    let room = Room::tidy();
    room.write("deps/a.py", "x = 1\n");
    room.write("deps/b.py", "y = 2\n");
    room.write("main.py", "import sys; sys.path.insert(0, 'deps')\nimport a, b\nprint(a.x + b.y)\n");
    room
}

#[test]
fn what_the_base_has_is_not_compiled_and_not_copied() {
    let (base, room) = (base(), top());
    let before = files(&base);
    on_top(&base, &room, &["compile", "--check", "deps"]).ok();
    let ran = on_top(&base, &room, &["run", "-v", "main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), ("3\n", 1));
    assert_eq!(room.objects().len(), 1);
    let info = on_top(&base, &room, &["cache", "info", "--format", "json"]).ok().json();
    assert_eq!((&info["base"]["objects"], &info["objects"]), (&2.into(), &1.into()));
    assert!(on_top(&base, &room, &["cache", "info"]).ok().stdout.contains("(2 objects)\nmode        read-write"));
    for command in ["gc", "verify", "clear"] {
        on_top(&base, &room, &["cache", command]).ok();
    }
    assert!(files(&base) == before, "nothing is written there");
}

#[test]
fn what_is_damaged_in_the_base_is_compiled_on_top_of_it_once() {
    let (base, room) = (base(), top());
    for object in base.objects() {
        damage(&object);
    }
    let before = files(&base);
    assert_eq!(on_top(&base, &room, &["run", "-v", "main.py"]).ok().compiled_modules(), 3);
    assert_eq!(on_top(&base, &room, &["run", "-v", "main.py"]).ok().compiled_modules(), 0);
    assert_eq!(room.objects().len(), 3);
    assert!(files(&base) == before);
}

#[test]
fn an_export_of_paths_takes_from_both() {
    let (base, room) = (base(), top());
    room.write("own.py", "z = 3\n");
    on_top(&base, &room, &["compile", "-q", "own.py"]).ok();
    let objects = |paths: &[&str]| {
        let all = [&["cache", "export", "--format", "json", "a.pycar"], paths].concat();
        on_top(&base, &room, &all).ok().json()["objects"].as_u64().unwrap()
    };
    assert_eq!((objects(&["deps", "own.py"]), objects(&[])), (3, 1));
}

#[test]
fn a_base_is_all_that_is_there_where_there_is_no_home() {
    let (base, room) = (base(), top());
    let mut command = room.command();
    command.env_remove("PYC_RS_CACHE_DIR").env_remove("XDG_CACHE_HOME").env("HOME", "relative");
    command.env("PYC_RS_BASE_CACHE_DIR", base.cache_dir()).args(["run", "-v", "main.py"]);
    let ran = Ran::from(command.output().unwrap()).ok();
    assert_eq!(ran.stdout, "3\n");
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("pyc-rs: hit ")).count(), 2, "{ran:#?}");
}

#[test]
fn a_base_that_is_not_there_or_not_one_is_as_good_as_none() {
    let room = top();
    for base in ["/no/such/base", room.write("a file", "").to_str().unwrap()] {
        let mut command = room.command();
        command.env("PYC_RS_BASE_CACHE_DIR", base).args(["run", "main.py"]);
        assert_eq!(Ran::from(command.output().unwrap()).ok().stdout, "3\n");
        assert_eq!(room.objects().len(), 3);
    }
    let mut command = room.command();
    command.env("PYC_RS_BASE_CACHE_DIR", room.cache_dir()).args(["cache", "info", "--format", "json"]);
    assert_eq!(Ran::from(command.output().unwrap()).ok().json()["base"], serde_json::Value::Null);
    let (mut off, base) = (room.command(), base());
    off.env("PYC_RS_BASE_CACHE_DIR", base.cache_dir()).args(["run", "-v", "--no-cache", "main.py"]);
    assert!(!Ran::from(off.output().unwrap()).ok().stderr.contains("pyc-rs: hit "));
}
