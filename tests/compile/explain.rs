//! Why a file was compiled, or was not.
//!
//! `engine changed` takes two builds of pyc-rs; a test of `runtime/src/batch/history.rs`
//! has it.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use crate::{
    compile, outline, report, settle,
    support::{Room, damage, set_modified},
};

fn explained(room: &Room, arguments: &[&str]) -> String {
    compile(room, &[&["--explain"], arguments].concat()).stdout
}

#[test]
fn new_unchanged_and_changed() {
    let room = Room::new();
    let a = room.write("a.py", "x = 1\n");
    room.write("b.py", "x = 2\n");
    assert_eq!(explained(&room, &["."]), "compiled a.py (new)\ncompiled b.py (new)\n");
    settle(&room, &["."]);
    assert_eq!(explained(&room, &["."]), "fresh a.py (unchanged)\nfresh b.py (unchanged)\n");

    // Another time and the same content.
    set_modified(&a, SystemTime::now() - Duration::from_secs(100));
    assert_eq!(explained(&room, &["."]), "fresh a.py (content is in the cache)\nfresh b.py (unchanged)\n");
    // The same size and the same time.
    let before = fs::metadata(&a).unwrap().modified().unwrap();
    room.write("a.py", "x = 3\n");
    set_modified(&a, before);
    assert_eq!(explained(&room, &["--check", "."]), "stale a.py (content changed)\nfresh b.py (unchanged)\n");
    assert_eq!(explained(&room, &["--dry-run", "."]), "would compile a.py (content changed)\nfresh b.py (unchanged)\n");
    assert_eq!(explained(&room, &["."]), "compiled a.py (content changed)\nfresh b.py (unchanged)\n");
}

#[test]
fn what_was_written_back_is_in_the_cache_still() {
    let room = Room::new();
    for text in ["x = 1\n", "x = 2\n", "x = 1\n"] {
        room.write("a.py", text);
        compile(&room, &["."]).ok();
    }
    assert_eq!(room.objects().len(), 2);
    room.write("a.py", "x = 2\n");
    assert_eq!(explained(&room, &["."]), "fresh a.py (content is in the cache)\n");
}

#[test]
fn other_options() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    settle(&room, &["."]);
    assert_eq!(explained(&room, &["-O", "."]), "compiled a.py (options changed)\n");
    assert_eq!(explained(&room, &["-O", "."]).lines().count(), 1);
    settle(&room, &["-O", "."]);
    // Neither pushed the other out.
    assert_eq!(explained(&room, &["."]), "fresh a.py (unchanged)\n");
}

#[test]
fn evicted() {
    let room = Room::tidy();
    room.write("a.py", "x = 1\n");
    settle(&room, &["."]);
    room.run(&["cache", "gc", "--max-size", "0"]).ok();
    assert_eq!(explained(&room, &["--check", "."]), "stale a.py (evicted from the cache)\n");
    assert_eq!(explained(&room, &["."]), "compiled a.py (evicted from the cache)\n");
    assert_eq!(room.objects().len(), 1);
    // Without its records, the file is new.
    room.run(&["cache", "clear"]).ok();
    assert_eq!(explained(&room, &["."]), "compiled a.py (new)\n");
}

#[test]
fn corrupt() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    settle(&room, &["."]);
    let object = room.objects().pop().unwrap();
    let good = damage(&object);
    // A look at the status of files shows nothing; the warnings are in the object.
    assert_eq!(explained(&room, &["."]), "fresh a.py (unchanged)\n");
    let repaired = compile(&room, &["--explain", "-v", "."]).ok();
    assert_eq!(repaired.stdout, "compiled a.py (corrupt in the cache)\n");
    assert_eq!(fs::read(&object).unwrap(), good);
    assert_eq!(room.info()["quarantined"], 1);
    assert_eq!(outline(&report(&room, &["."])), ["fresh unchanged a.py"]);
}

#[test]
fn a_failure_is_explained_too_and_is_no_record() {
    let room = Room::new();
    room.write("a.py", "x = (\n");
    for _ in 0..2 {
        let ran = compile(&room, &["--explain", "."]).status(1);
        assert_eq!(ran.stdout, "failed a.py (new)\n");
    }
    room.write("a.py", "x = 1\n");
    settle(&room, &["."]);
    room.write("a.py", "x = (\n");
    assert_eq!(explained(&room, &["."]), "failed a.py (content changed)\n");
    room.write("a.py", "x = 1\n");
    assert_eq!(explained(&room, &["."]), "fresh a.py (content is in the cache)\n");
}

#[test]
fn each_folder_remembers_its_own() {
    let room = Room::new();
    room.write("one/a.py", "x = 1\n");
    room.write("two/a.py", "x = 2\n");
    settle(&room, &["one", "two"]);
    // A new file beside an old one.
    room.write("one/b.py", "x = 3\n");
    assert_eq!(
        explained(&room, &["one", "two"]),
        "fresh one/a.py (unchanged)\ncompiled one/b.py (new)\nfresh two/a.py (unchanged)\n"
    );
    // A file that is gone is no news.
    fs::remove_file(room.path().join("one/b.py")).unwrap();
    assert_eq!(explained(&room, &["one"]), "fresh one/a.py (unchanged)\n");
}
