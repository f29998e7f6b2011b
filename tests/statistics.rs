//! `pyc-rs cache stats` and `pyc-rs run --explain`, seen from outside.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Ran, Room, damage};

fn stats(room: &Room) -> Value {
    room.run(&["cache", "stats", "--format", "json"]).ok().json()
}

#[test]
fn commands_are_counted_by_folder_and_by_day() {
    let room = Room::tidy();
    assert_eq!(room.run(&["cache", "stats"]).ok().stdout, "nothing recorded yet\n");
    room.write("one/a.py", "x = 1\n");
    room.write("one/sub/b.py", "x = 2\n");
    room.write("two/main.py", "print('main')\n");
    room.run(&["compile", "-q", "one"]).ok();
    room.run(&["compile", "-q", "one", "one/sub"]).ok();
    room.run(&["run", "two/main.py"]).ok();
    room.run(&["run", "two/main.py"]).ok();
    // Neither reading nor a look at what would be done counts.
    room.run(&["compile", "--dry-run", "-q", "two"]).ok();
    room.run(&["cache", "info"]).ok();
    let stats = stats(&room);
    let roots = stats["roots"].as_array().unwrap();
    let work = room.path().canonicalize().unwrap();
    let names: Vec<&str> = roots.iter().map(|root| root["root"].as_str().unwrap()).collect();
    assert_eq!(names, ["one", "two"].map(|name| work.join(name).to_str().unwrap().to_owned()));
    let count = |index: usize, field: &str| roots[index][field].as_u64().unwrap();
    assert_eq!((count(0, "compilations"), count(0, "runs")), (2, 0));
    assert_eq!((count(0, "misses"), count(0, "hits"), count(0, "stored"), count(0, "compiled")), (2, 2, 2, 2));
    assert_eq!((count(1, "compilations"), count(1, "runs")), (0, 2));
    assert_eq!((count(1, "misses"), count(1, "hits"), count(1, "stored")), (1, 1, 1));
    assert!(count(0, "compile_ns") > 0 && count(0, "saved_ns") > 0 && count(0, "stored_bytes") > 0);
    assert_eq!(
        (&stats["total"]["hits"], &stats["total"]["misses"], &stats["schema"]),
        (&3.into(), &3.into(), &1.into())
    );
    // Nothing was ever compiled in a warm folder, and yet its hits save something.
    room.write("warm/a.py", "x = 1\n");
    room.run(&["compile", "-q", "warm"]).ok();
    let roots = self::stats(&room)["roots"].clone();
    assert!(roots[2]["root"].as_str().unwrap().ends_with("warm") && roots[2]["compiled"] == 0);
    assert!(roots[2]["saved_ns"].as_u64().unwrap() > 0);
    let days: u64 = stats["days"].as_array().unwrap().iter().map(|day| day["hits"].as_u64().unwrap()).sum();
    assert_eq!(days, 3);
    let text = room.run(&["cache", "stats"]).ok().stdout;
    assert!(text.starts_with("day (UTC)") && text.contains(&format!("\n{}", work.join("two").display())), "{text}");
    // The short summary counts the same.
    assert_eq!((&room.info()["recent"]["runs"], &room.info()["recent"]["hits"]), (&5.into(), &4.into()));
    room.run(&["cache", "clear"]).ok();
    assert_eq!(room.run(&["cache", "stats"]).ok().stdout, "nothing recorded yet\n");
}

/// The module and the reason of each miss of a run.
fn misses(room: &Room, arguments: &[&str]) -> Vec<(String, Value)> {
    let all = [&["run", "--explain", "--format", "json"], arguments].concat();
    let explanation = room.run(&all).ok().json()["explanation"].clone();
    let miss = |miss: &Value| (miss["module"].as_str().unwrap().to_owned(), miss["reason"].clone());
    explanation["misses"].as_array().unwrap().iter().map(miss).collect()
}

fn missed(module: &str, reason: &str) -> (String, Value) {
    (module.to_owned(), reason.into())
}

#[test]
fn every_miss_has_its_reason() {
    let room = Room::tidy();
    room.write("main.py", "import part\nprint(part.x)\n");
    room.write("part.py", "x = 1\n");
    let run = |arguments: &[&str]| misses(&room, &[arguments, &["main.py"]].concat());
    assert_eq!(run(&[]), [missed("__main__", "new"), missed("part", "new")]);
    assert_eq!(run(&[]), []);
    room.write("part.py", "x = 22\n");
    assert_eq!(run(&[]), [missed("part", "content_changed")]);
    assert_eq!(run(&["-O"]), [missed("__main__", "options_changed"), missed("part", "options_changed")]);
    room.run(&["cache", "gc", "--max-size", "0"]).ok();
    assert_eq!(run(&[]), [missed("__main__", "evicted"), missed("part", "evicted")]);
    for object in room.objects() {
        damage(&object);
    }
    assert_eq!(run(&[]), [missed("__main__", "corrupt"), missed("part", "corrupt")]);
    assert_eq!(run(&["--no-cache"]), [("__main__".to_owned(), Value::Null), ("part".to_owned(), Value::Null)]);
    assert_eq!(misses(&room, &["-c", "print(1)"]), [missed("__main__", "new")]);
}

#[test]
fn what_was_compiled_before_is_known_too() {
    let room = Room::tidy();
    room.write("app/main.py", "import part\nprint(part.x)\n");
    room.write("app/part.py", "x = 1\n");
    room.run(&["compile", "-q", "app"]).ok();
    room.write("app/part.py", "x = 'changed'\n");
    let ran = room.run(&["run", "--explain", "app/main.py"]).ok();
    let part = room.path().canonicalize().unwrap().join("app/part.py");
    let expected = format!(
        "pyc-rs: missed part (content changed): {}\npyc-rs: 1 missed, 1 from the cache, 0 from the standard library\n",
        part.display()
    );
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("changed\n", expected));
    // An explanation does not make `compile` believe in what it did not see.
    room.write("app/part.py", "x = 'another'\n");
    room.run(&["run", "--explain", "app/main.py"]).ok();
    let compiled = room.run(&["compile", "--format", "json", "app/part.py"]).ok().json();
    assert_eq!(compiled["files"][0]["reason"], "cached");
}

#[test]
fn an_explanation_comes_after_the_program_and_changes_nothing_about_it() {
    let room = Room::tidy();
    room.write("main.py", "import sys, json\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)\n");
    let ran = room.run(&["run", "--explain", "main.py"]).status(3);
    assert_eq!(ran.stdout, "out\n");
    assert!(ran.stderr.starts_with("err\npyc-rs: missed __main__ (new): "), "{}", ran.stderr);
    let plain = room.run(&["run", "--format", "json", "-c", "1"]).ok().json();
    assert_eq!(plain.get("explanation"), None);
    let sandboxed = room.run(&["run", "--explain", "--sandbox", "main.py"]).status(2);
    assert!(sandboxed.stderr.starts_with("error: --explain is about runs without a sandbox"), "{sandboxed:#?}");
    let explained = room.run(&["run", "--explain", "--format", "json", "main.py"]).status(3).json();
    assert_eq!(explained["error"], json!({"type": "Exit", "code": 3}));
    assert!(explained["explanation"]["bundled"].as_u64().unwrap() > 0);
}

#[test]
fn nothing_that_can_be_wrong_with_the_records_is_wrong_with_a_run() {
    let room = Room::tidy();
    room.write("main.py", "print('fine')\n");
    room.run(&["run", "--explain", "main.py"]).ok();
    for folder in ["v1/index", "v1/stats"] {
        let folder = room.cache_dir().join(folder);
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "in the way").unwrap();
    }
    room.write("main.py", "print('fine still')\n");
    let ran = Ran::from(room.command().args(["run", "--explain", "main.py"]).output().unwrap()).ok();
    assert_eq!(ran.stdout, "fine still\n");
    assert!(ran.stderr.contains("missed __main__ (new)"), "{}", ran.stderr);
    assert_eq!(room.run(&["cache", "stats"]).ok().stdout, "nothing recorded yet\n");
}
