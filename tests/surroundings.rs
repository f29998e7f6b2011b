//! Damage to what is around the objects of a cache: indexes, logs, folders. Nothing
//! fails for it, and nothing is wrong afterwards.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use support::{Ran, Room, collect_files};

const OUTPUT: &str = "3\n";

fn room() -> Room {
    let room = Room::new();
    room.write("main.py", "import side\nprint(side.x + 1)\n");
    room.write("side.py", "x = 2\n");
    room.tidied();
    room
}

/// Runs the command, for a minute at most.
fn run(room: &Room, arguments: &[&str]) -> Ran {
    let mut command = Command::new("timeout");
    support::clean(&mut command);
    command.args(["60", support::BINARY]).args(arguments);
    command.current_dir(room.path()).env("PYC_RS_CACHE_DIR", room.cache_dir());
    support::with_input(command, b"")
}

/// Every command does its work, with a warning at most.
#[track_caller]
fn check(room: &Room, what: &str) {
    for arguments in [&["run", "main.py"][..], &["compile", "-q", "."], &["run", "main.py"]] {
        let ran = run(room, arguments);
        assert_eq!(ran.status, Some(0), "{what}: {ran:#?}");
        assert_eq!(ran.stdout, if arguments[0] == "run" { OUTPUT } else { "" }, "{what}: {ran:#?}");
        let warnings = ran.stderr.lines().filter(|line| line.starts_with("warning: ")).count();
        assert_eq!(ran.stderr.lines().count(), warnings, "{what}: {ran:#?}");
        assert!(warnings <= 1, "{what}: {ran:#?}");
    }
}

/// The reasons in the report of `compile --explain`.
fn reasons(room: &Room) -> String {
    run(room, &["compile", "--explain", "."]).ok().stdout
}

const UNCHANGED: &str = "fresh main.py (unchanged)\nfresh side.py (unchanged)\n";
const CACHED: &str = "fresh main.py (content is in the cache)\nfresh side.py (content is in the cache)\n";

#[test]
fn a_damaged_stat_index_is_an_empty_one() {
    let room = room();
    // Files that were written just now are looked at again, index or not.
    std::thread::sleep(Duration::from_millis(100));
    run(&room, &["compile", "."]).ok();
    assert_eq!(reasons(&room), UNCHANGED);
    let mut indexes = Vec::new();
    collect_files(&room.cache_dir().join("v1/index"), &mut indexes);
    let pristine: Vec<(PathBuf, Vec<u8>)> =
        indexes.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    assert_eq!(pristine.len(), 2);

    for step in 0..24 {
        for (path, bytes) in &pristine {
            replace(path, &damaged(bytes, step));
        }
        assert_eq!(reasons(&room), CACHED, "damage {step}");
        assert_eq!(reasons(&room), UNCHANGED, "after damage {step}");
    }
}

/// The bytes, cut short for even steps, with a bit flipped for odd ones.
fn damaged(bytes: &[u8], step: usize) -> Vec<u8> {
    let at = step * bytes.len() / 24;
    let mut bytes = bytes.to_vec();
    if step.is_multiple_of(2) {
        bytes.truncate(at);
    } else {
        bytes[at] ^= 1 << (step % 8);
    }
    bytes
}

fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_stat_index_of_other_objects_is_not_believed_about_their_content() {
    let room = room();
    std::thread::sleep(Duration::from_millis(100));
    run(&room, &["compile", "."]).ok();
    for object in room.objects() {
        fs::remove_file(object).unwrap();
    }
    let evicted = "compiled main.py (evicted from the cache)\ncompiled side.py (evicted from the cache)\n";
    assert_eq!(reasons(&room), evicted);
    check(&room, "evicted");
}

#[test]
fn a_damaged_log_of_statistics_is_left_behind() {
    let room = room();
    check(&room, "before");
    let log = room.cache_dir().join("v1/stats/sessions");
    assert!(room.info()["recent"]["runs"].as_u64().unwrap() > 0);
    for (what, bytes) in [
        ("empty", vec![]),
        ("torn", vec![0; 33]),
        ("all ones", vec![0xff; 320]),
        ("all zeros", vec![0; 320]),
        ("text", b"not a log at all, nor anything of that kind".to_vec()),
        ("long", vec![0xee; 3 << 20]),
    ] {
        replace(&log, &bytes);
        let recent = &room.info()["recent"];
        assert_eq!((&recent["runs"], &recent["hits"]), (&0.into(), &0.into()), "{what}");
        check(&room, what);
        assert!(room.info()["recent"]["runs"].as_u64().unwrap() >= 2, "{what}");
    }
}

#[test]
fn a_fifo_in_place_of_a_file_of_the_store_makes_nobody_wait() {
    let room = room();
    check(&room, "before");
    for name in ["stats/log", "stats/sessions", "gc.lock", "gc.stamp"] {
        let path = room.cache_dir().join("v1").join(name);
        let _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        check(&room, name);
        run(&room, &["cache", "info"]).ok();
        let gc = run(&room, &["cache", "gc"]);
        assert!(matches!(gc.status, Some(0 | 125)), "{name}: {gc:#?}");
        fs::remove_file(&path).unwrap();
        run(&room, &["cache", "gc"]).ok();
    }
}

#[test]
fn garbage_in_every_folder_is_left_alone() {
    let room = room();
    check(&room, "before");
    let version = room.cache_dir().join("v1");
    let shard = room.objects()[0].parent().unwrap().to_owned();
    let folders = ["", "objects", "packs", "tmp", "quarantine", "index", "stats"].map(|name| version.join(name));
    for folder in folders.iter().chain([&shard, &room.cache_dir()]) {
        fs::create_dir_all(folder.join("folder/in/it")).unwrap();
        fs::write(folder.join("garbage"), [0xa5; 999]).unwrap();
        fs::write(folder.join("f".repeat(64)), "named like an index or an object").unwrap();
        fs::write(folder.join("f".repeat(62)), "named like an object").unwrap();
        fs::create_dir_all(folder.join("0".repeat(64))).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    }
    fs::write(version.join("objects/zz"), "a file among the folders").unwrap();
    check(&room, "garbage");
    for arguments in [["cache", "info"], ["cache", "gc"], ["cache", "dir"]] {
        let ran = run(&room, &arguments).ok();
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
    // One file is named like an object and is none, another is named like a pack.
    let verified = run(&room, &["cache", "verify", "--format", "json"]).status(1).json();
    assert_eq!((verified["bad"].as_array().unwrap().len(), &verified["unreadable"]), (2, &0.into()));
    run(&room, &["cache", "verify"]).ok();
    run(&room, &["cache", "clear"]).ok();
    assert!(version.join("objects/zz").exists() && room.cache_dir().join("garbage").exists());
    check(&room, "after clear");
}

#[test]
fn a_file_in_place_of_a_folder_costs_a_warning_at_most() {
    for name in ["v1", "v1/objects", "v1/packs", "v1/tmp", "v1/quarantine", "v1/index", "v1/stats"] {
        let room = room();
        let path = room.cache_dir().join(name);
        fs::remove_dir_all(room.cache_dir()).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "in the way").unwrap();
        check(&room, name);
        assert_eq!(fs::read(&path).unwrap(), b"in the way", "{name}");
    }
}

#[test]
fn a_bad_object_that_cannot_go_to_quarantine_is_removed() {
    let room = room();
    check(&room, "before");
    let _ = fs::remove_dir_all(room.cache_dir().join("v1/quarantine"));
    fs::write(room.cache_dir().join("v1/quarantine"), "in the way").unwrap();
    let objects: Vec<_> = room.objects().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    for (path, bytes) in &objects {
        replace(path, &bytes[1..]);
    }
    check(&room, "no quarantine");
    for (path, bytes) in &objects {
        assert_eq!(&fs::read(path).unwrap(), bytes);
    }
}

#[test]
fn a_cache_that_vanishes_and_comes_back_is_filled_again() {
    let room = room();
    for _ in 0..3 {
        room.tidied();
        check(&room, "again");
        assert_eq!(room.objects().len(), 2);
        fs::remove_dir_all(room.cache_dir()).unwrap();
    }
}
