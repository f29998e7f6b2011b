//! Every program of `examples/` runs, and gives the same from the cache.

mod support;

use std::{ffi::OsString, fs, path::Path};

use support::{Ran, Room, repository};

/// The arguments of the examples that want some.
fn arguments(room: &Room, name: &str) -> Vec<OsString> {
    match name {
        "wordcount.py" => vec![room.write("text.txt", "the cat and the hat and the bat\n").into(), "--top=2".into()],
        _ => Vec::new(),
    }
}

/// What the examples print that have something to be held to.
fn wanted(name: &str) -> Option<&'static str> {
    match name {
        "hello.py" => Some("Hello from a code object\n"),
        "wordcount.py" => Some("     3 the\n     2 and\n"),
        _ => None,
    }
}

fn run(room: &Room, script: &Path) -> Ran {
    let name = script.file_name().unwrap().to_str().unwrap();
    let mut command = room.command();
    command.args(["run", "-v"]).arg(script).args(arguments(room, name));
    Ran::from(command.output().unwrap()).ok()
}

#[test]
fn every_example_runs_fresh_and_from_the_cache() {
    let mut seen = Vec::new();
    for entry in fs::read_dir(repository().join("examples")).unwrap() {
        let script = entry.unwrap().path();
        if script.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let name = script.file_name().unwrap().to_str().unwrap().to_owned();
        let room = Room::new();
        let fresh = run(&room, &script);
        assert!(fresh.compiled_modules() > 0, "{name}: {}", fresh.stderr);
        assert!(!fresh.stdout.is_empty(), "{name} prints nothing");
        if let Some(wanted) = wanted(&name) {
            assert_eq!(fresh.stdout, wanted, "{name}");
        }
        let cached = run(&room, &script);
        assert_eq!(cached.compiled_modules(), 0, "{name}: {}", cached.stderr);
        assert_eq!(cached.stdout, fresh.stdout, "{name}");
        seen.push(name);
    }
    for name in ["hello.py", "wordcount.py"] {
        assert!(seen.iter().any(|seen| seen == name), "{name} is not among {seen:?}");
    }
}
