//! `pyc-rs inspect`, seen from outside.

mod support;

use std::fs;

use support::{Ran, Room, damage};

fn inspect(room: &Room, arguments: &[&str]) -> Ran {
    room.run(&[&["inspect"], arguments].concat())
}

fn room() -> Room {
    let room = Room::tidy();
    room.write("tool.py", "'''A tool.'''\ndef double(x):\n    return x * 2\nprint('\\d')\n");
    room.run(&["compile", "."]).ok();
    room
}

#[test]
fn a_source_a_key_and_an_object_file_are_the_same_thing() {
    let room = room();
    let object = room.objects().pop().unwrap();
    let by_source = inspect(&room, &["--format", "json", "tool.py"]).ok().json();
    let key = by_source["key"].as_str().unwrap().to_owned();
    assert!(object.ends_with(format!("{}/{}", &key[..2], &key[2..])));
    let by_key = inspect(&room, &["--format", "json", &key]).ok().json();
    // An object file is what it is, wherever it lies.
    let copy = room.path().join("copy");
    fs::copy(&object, &copy).unwrap();
    room.run(&["cache", "clear"]).ok();
    let by_file = inspect(&room, &["--format", "json", copy.to_str().unwrap()]).ok().json();
    assert_eq!((&by_source["file"], &by_key["file"]), (&object.to_str().unwrap().into(), &by_source["file"]));
    for field in
        ["key", "payload_bytes", "file_bytes", "engine", "source_bytes", "warnings", "code_objects", "docstring"]
    {
        assert_eq!(by_source[field], by_key[field], "{field}");
        assert_eq!(by_source[field], by_file[field], "{field}");
    }
    assert_eq!(by_source["code_objects"], 2);
    assert_eq!((&by_source["mode"], &by_source["optimize"]), (&"module".into(), &0.into()));
    assert_eq!((&by_source["source_bytes"], &by_source["format_version"]), (&58.into(), &1.into()));
    assert_eq!(by_source["warnings"][0]["line"], 4);
    assert_eq!(by_source["file_bytes"], fs::metadata(&copy).unwrap().len());
}

#[test]
fn the_listing_can_be_read() {
    let room = room();
    let listing = inspect(&room, &["tool.py"]).ok().stdout;
    for part in ["'A tool.'", "double", "BINARY_OP", "RETURN_VALUE", "tool.py", "warning       line 4: "] {
        assert!(listing.contains(part), "{part:?} is not in {listing}");
    }
    let bare = inspect(&room, &["--no-code", "tool.py"]).ok().stdout;
    assert!(bare.starts_with("key           ") && !bare.contains("RETURN_VALUE"), "{bare}");
    let json = inspect(&room, &["--no-code", "--format", "json", "tool.py"]).ok().json();
    assert!(json["disassembly"].is_null());
}

#[test]
fn what_is_not_in_the_cache_is_an_error_with_a_hint() {
    let room = room();
    room.write("other.py", "x = 1\n");
    let other = inspect(&room, &["other.py"]).status(1);
    assert_eq!(other.stderr, "error: other.py is not in the cache\nhint: pyc-rs compile other.py\n");
    let optimized = inspect(&room, &["-OO", "tool.py"]).status(1);
    assert_eq!(optimized.stderr, "error: tool.py is not in the cache\nhint: pyc-rs compile -OO tool.py\n");
    room.run(&["compile", "-OO", "."]).ok();
    assert_eq!(inspect(&room, &["-OO", "--format", "json", "tool.py"]).ok().json()["optimize"], 2);

    // A key cannot be compiled.
    let key = "0".repeat(64);
    assert_eq!(inspect(&room, &[&key]).status(1).stderr, format!("error: {key} is not in the cache\n"));
    let missing = inspect(&room, &["no/such.py"]).status(1);
    assert!(missing.stderr.starts_with("error: cannot read no/such.py: "), "{}", missing.stderr);
}

#[test]
fn a_damaged_object_is_not_taken_apart() {
    let room = room();
    let object = room.objects().pop().unwrap();
    damage(&object);
    let file = inspect(&room, &[object.to_str().unwrap()]).status(1);
    assert!(file.stderr.starts_with(&format!("error: {} is damaged: ", object.display())), "{}", file.stderr);
    let source = inspect(&room, &["tool.py"]).status(1);
    assert!(source.stderr.starts_with("error: object ") && source.stdout.is_empty(), "{}", source.stderr);
    // Looking leaves it where it is.
    assert!(object.exists());
}
