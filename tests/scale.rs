//! Many files, deep folders, and one large file.

mod support;

use std::{fmt::Write as _, fs};

use support::Room;

fn totals(room: &Room, arguments: &[&str]) -> serde_json::Value {
    let ran = room.run(&[&["compile", "--format", "json"], arguments].concat()).ok();
    assert_eq!(ran.stderr, "");
    let report = ran.json();
    let totals = &report["totals"];
    assert_eq!(totals["failed"], 0);
    serde_json::json!([totals["files"], totals["compiled"], totals["fresh"]])
}

#[test]
fn ten_thousand_small_files_compile_once() {
    const FILES: usize = 10_000;
    let room = Room::new();
    for number in 0..FILES {
        let text = format!("def f{number}(x):\n    return x + {number}\n\nNAME = 'module {number}'\n");
        room.write(format!("tree/pkg{}/mod{number}.py", number / 100), text);
    }
    assert_eq!(totals(&room, &["tree"]), serde_json::json!([FILES, FILES, 0]));
    assert_eq!(totals(&room, &["tree"]), serde_json::json!([FILES, 0, FILES]));
    assert_eq!(room.info()["objects"], FILES);

    room.write("tree/pkg7/mod777.py", "changed = True\n");
    assert_eq!(totals(&room, &["tree"]), serde_json::json!([FILES, 1, FILES - 1]));
    room.run(&["compile", "--check", "-q", "tree"]).ok();
    let verified = room.run(&["cache", "verify", "--format", "json"]).ok().json();
    assert_eq!(verified["checked"], FILES + 1);
    assert_eq!(room.run(&["cache", "clear", "--format", "json"]).ok().json()["removed"], FILES + 1);
}

/// A source of about 20 MB: a list of data, and functions. Neither more functions nor
/// more different values: the engine takes time by the square of both in one scope
/// (docs/rustpython.md).
fn large_source() -> (String, usize, usize) {
    const ROWS: usize = 300_000;
    const FUNCTIONS: usize = 3_000;
    const LINES: usize = 50;
    const VALUES: usize = 1_000;
    let mut text = "DATA = [\n".to_owned();
    for row in 0..ROWS {
        writeln!(text, "    {0}, 'text of row {0}, long enough for it',", row % VALUES).unwrap();
    }
    text.push_str("]\n");
    for number in 0..FUNCTIONS {
        writeln!(text, "def function_{number}(first, second={number}):\n    value = first + second").unwrap();
        for line in 0..LINES {
            writeln!(text, "    value += second - {line} if value < 0 else 0").unwrap();
        }
        writeln!(text, "    return value * 2\n").unwrap();
    }
    writeln!(text, "print(len(DATA), DATA[-1], function_{}(1))", FUNCTIONS - 1).unwrap();
    (text, ROWS, FUNCTIONS)
}

#[test]
fn one_file_of_20_megabytes_compiles_and_runs() {
    let room = Room::new();
    let (text, rows, functions) = large_source();
    assert!(text.len() > 20 << 20, "{}", text.len());
    room.write("large.py", text);
    assert_eq!(totals(&room, &["large.py"]), serde_json::json!([1, 1, 0]));
    let ran = room.run(&["run", "-v", "large.py"]).ok();
    let last = (rows - 1) % 1_000;
    assert_eq!(ran.stdout, format!("{} text of row {last}, long enough for it {}\n", rows * 2, functions * 2));
    assert_eq!(ran.compiled_modules(), 0);
}

#[test]
fn a_wide_folder_and_a_deep_one_compile() {
    const WIDE: usize = 2000;
    const DEEP: usize = 200;
    let room = Room::new();
    for number in 0..WIDE {
        room.write(format!("tree/wide/mod{number}.py"), format!("x = {number}\n"));
    }
    let mut folder = "tree/deep".to_owned();
    for level in 0..DEEP {
        folder.push_str("/d");
        room.write(format!("{folder}/at.py"), format!("level = {level}\n"));
    }
    assert_eq!(totals(&room, &["tree"]), serde_json::json!([WIDE + DEEP, WIDE + DEEP, 0]));
    assert_eq!(totals(&room, &["tree", "tree/wide", "."]), serde_json::json!([WIDE + DEEP, 0, WIDE + DEEP]));
    let deepest = format!("{folder}/at.py");
    assert_eq!(room.run(&["run", "-v", &deepest]).ok().compiled_modules(), 0);

    let listed = fs::read_dir(room.path().join("tree/wide")).unwrap().map(|entry| entry.unwrap().path());
    let list = listed.map(|path| path.to_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n");
    room.run_with_input(&["compile", "--check", "-q", "-"], list.as_bytes()).ok();
}
