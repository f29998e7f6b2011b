//! `pyc-rs compile`, seen from outside.

mod arguments;
mod explain;
mod faults;
mod hostile;
mod json;
mod reads;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod walk;

use serde_json::Value;
use support::{Ran, Room};

/// Runs `compile --format json` with these arguments, whatever comes of it.
fn report(room: &Room, arguments: &[&str]) -> Value {
    compile(room, &[&["--format", "json"], arguments].concat()).json()
}

fn compile(room: &Room, arguments: &[&str]) -> Ran {
    room.run(&[&["compile"], arguments].concat())
}

/// Status, reason and path of every file of a report, a line each.
fn outline(report: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |file: &Value| [&file["status"], &file["reason"], &file["path"]].map(word).join(" ");
    report["files"].as_array().unwrap().iter().map(line).collect()
}

/// The path of every file of a report.
fn paths(report: &Value) -> Vec<String> {
    report["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

/// Compiles until no file is so young that its times prove nothing. That takes
/// a few milliseconds, but there is no telling how many.
fn settle(room: &Room, arguments: &[&str]) {
    for _ in 0..1000 {
        if outline(&report(room, arguments)).iter().all(|line| line.starts_with("fresh unchanged ")) {
            return;
        }
    }
    panic!("{:#?}", outline(&report(room, arguments)));
}

/// The summary line, without the time that it took.
fn summary(ran: &Ran) -> &str {
    let line = ran.stderr.lines().last().unwrap_or_default();
    line.rsplit_once(" (").map_or(line, |(counts, _)| counts)
}

#[test]
fn what_was_compiled_is_what_runs() {
    let room = Room::new();
    room.write("main.py", "import package.part\nprint(package.part.x)\n");
    room.write("package/__init__.py", "");
    room.write("package/part.py", "x = 'from the cache'\n");
    let first = compile(&room, &["."]).ok();
    assert_eq!(summary(&first), "3 compiled, 0 fresh, 0 failed");
    assert_eq!(first.stdout, "");
    let ran = room.run(&["run", "-v", "main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), ("from the cache\n", 0));
    // And the other way round.
    let other = room.write("other.py", "print('compiled by run')\n");
    room.run(&["run", "other.py"]).ok();
    assert_eq!(outline(&report(&room, &[other.to_str().unwrap()]))[0], format!("fresh cached {}", other.display()));
    assert_eq!(summary(&compile(&room, &["."]).ok()), "0 compiled, 4 fresh, 0 failed");
}
