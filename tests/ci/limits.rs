//! Parts of a tree, how much may be missing, and the exit status of everything.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Room;

fn tree() -> Room {
    let room = Room::tidy();
    write(&room, "");
    room
}

fn write(room: &Room, below: &str) {
    for n in 0..40 {
        room.write(format!("{below}src/p{}/m{n}.py", n % 3), format!("x = {n}\n"));
    }
}

fn report(room: &Room, arguments: &[&str]) -> Value {
    room.run(&[&["compile", "--format", "json"], arguments].concat()).ok().json()
}

fn paths(report: &Value) -> BTreeSet<String> {
    let path = |file: &Value| file["path"].as_str().unwrap().to_owned();
    report["files"].as_array().unwrap().iter().map(path).collect()
}

#[test]
fn parts_are_disjoint_complete_and_the_same_everywhere() {
    let room = tree();
    let parts: Vec<_> = ["1/3", "2/3", "3/3"].map(|part| paths(&report(&room, &["--shard", part, "src"]))).into();
    assert!(parts.iter().all(|part| part.len() > 3), "{parts:?}");
    let all = paths(&report(&room, &["src"]));
    assert_eq!(parts.iter().map(BTreeSet::len).sum::<usize>(), all.len());
    assert_eq!(parts.iter().flatten().cloned().collect::<BTreeSet<_>>(), all);
    // Somewhere else, with another name for the root, and with more files.
    let other = Room::tidy();
    write(&other, "elsewhere/");
    other.write("elsewhere/src/more.py", "y = 1\n");
    let there = paths(&report(&other, &["--shard", "2/3", "elsewhere/src"]));
    let without = |name: &String| *name != "src/more.py";
    let there: BTreeSet<String> =
        there.iter().map(|path| path.strip_prefix("elsewhere/").unwrap().to_owned()).filter(without).collect();
    assert_eq!(there, parts[1]);
    let whole = paths(&report(&room, &["--shard", "1/1", "src"]));
    assert_eq!(whole, all);
    for nonsense in ["0/2", "3/2", "1", "a/b"] {
        let ran = room.run(&["compile", "--shard", nonsense, "src"]).status(2);
        assert!(ran.stderr.contains("is no part of a whole: expected I/N"), "{ran:#?}");
    }
}

#[test]
fn a_part_does_not_forget_the_others() {
    let room = tree();
    let reasons = |report: &Value| -> BTreeSet<String> {
        report["files"].as_array().unwrap().iter().map(|file| file["reason"].to_string()).collect()
    };
    let unchanged = BTreeSet::from(["\"unchanged\"".to_owned()]);
    // Files may be too young for their times to prove anything.
    assert!((0..1000).any(|_| reasons(&report(&room, &["src"])) == unchanged));
    report(&room, &["--shard", "1/2", "src"]);
    room.write("src/p0/m0.py", "x = 'changed'\n");
    for part in ["1/2", "2/2"] {
        report(&room, &["--shard", part, "src"]);
    }
    let last = report(&room, &["src"]);
    let not_unchanged = last["files"].as_array().unwrap().iter().filter(|file| file["reason"] != "unchanged").count();
    assert!(not_unchanged <= 1, "{last}");
}

#[test]
fn a_cold_cache_is_noticed() {
    let room = tree();
    let cold = room.run(&["compile", "--max-miss-rate", "10", "src"]).status(1);
    let complaint = "error: 40 of 40 files (100.0%) were not in the cache; --max-miss-rate allows 10%\nhint: ";
    assert!(cold.stderr.contains(complaint), "{}", cold.stderr);
    room.run(&["compile", "--max-miss-rate", "0", "src"]).ok();
    for n in 0..4 {
        room.write(format!("src/new{n}.py"), format!("y = {n}\n"));
    }
    // What cannot be compiled is not missing: 4 of 44 are 9.09%.
    room.write("src/broken.py", "x = (\n");
    room.run(&["compile", "--check", "--max-miss-rate", "9", "--exclude", "broken.py", "src"]).status(1);
    room.run(&["compile", "--check", "--max-miss-rate", "9.1%", "--exclude", "broken.py", "src"]).ok();
    room.run(&["compile", "--check", "--exclude", "broken.py", "src"]).status(1);
    room.run(&["compile", "--max-miss-rate", "9.1", "--on-error", "warn", "src"]).ok();
    room.run(&["compile", "--max-miss-rate", "9.1", "src"]).status(1);
    for nonsense in ["-1", "101", "x", "NaN"] {
        room.run(&["compile", &format!("--max-miss-rate={nonsense}"), "src"]).status(2);
    }
}

#[test]
fn the_exit_status_is_what_the_table_says() {
    let room = Room::tidy();
    room.write("good.py", "x = 1\n");
    room.write("bad.py", "x = (\n");
    room.write("not-an-archive", "x\n");
    // The rows of docs/ci.md, in their order; each is run in turn.
    let table: &[(&str, i32)] = &[
        ("compile --check good.py", 1),
        ("compile --check --max-miss-rate 99 good.py", 1),
        ("compile --check --max-miss-rate 100 good.py", 0),
        ("compile --max-miss-rate 0 good.py", 1),
        ("compile --max-miss-rate 0 good.py", 0),
        ("compile good.py", 0),
        ("compile bad.py", 1),
        ("compile --on-error warn bad.py", 0),
        ("compile --format github bad.py", 1),
        ("compile --format sarif bad.py", 1),
        ("compile --format json bad.py", 1),
        ("compile no/such.py", 2),
        ("compile --no-such-option good.py", 2),
        ("compile --check good.py", 0),
        ("cache export out.pycar", 0),
        ("cache export out.pycar no/such.py", 2),
        ("cache export no/such/out.pycar", 125),
        ("cache import out.pycar", 0),
        ("cache import not-an-archive", 1),
        ("cache import no-archive", 1),
        ("cache import --if-present no-archive", 0),
        ("cache import", 2),
        ("cache verify", 0),
        ("cache stats", 0),
        ("cache info", 0),
        ("cache gc", 0),
        ("cache clear", 0),
        ("cache stats --no-such-option", 2),
    ];
    for (line, status) in table {
        let ran = room.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.status, Some(*status), "{line}: {ran:#?}");
    }
}
