//! The report for programs, as docs/compile-json.md describes it.

use serde_json::Value;

use crate::{compile, report, support::Room};

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn every_field_is_there_and_has_its_type() {
    let room = Room::new();
    room.write("bad.py", "def total(items:\n    return sum(items)\n");
    room.write("warned.py", "x = 1\ny = '\\w'\n");
    let ran = compile(&room, &["--format", "json", "-O", "."]).status(1);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, ""));
    let found = ran.json();
    assert_eq!(fields(&found), ["action", "duration_ns", "engine", "files", "optimize", "schema", "store", "totals"]);
    assert_eq!((&found["schema"], &found["action"], &found["optimize"]), (&1.into(), &"compile".into(), &1.into()));
    assert!(found["engine"].as_str().unwrap().contains("rustpython-codegen 0.6.0"));
    assert!(found["duration_ns"].as_u64().unwrap() > 0);
    let cache = room.cache_dir();
    assert_eq!(found["store"], serde_json::json!({"dir": cache, "mode": "read-write", "reason": null}));

    let [bad, warned] = found["files"].as_array().unwrap().as_slice() else { panic!("{found}") };
    for file in [bad, warned] {
        assert_eq!(fields(file), ["bytes", "errors", "hint", "key", "path", "reason", "status", "warnings"]);
        assert_eq!(file["key"].as_str().unwrap().len(), 64);
    }
    assert_eq!(
        (&bad["status"], &bad["bytes"], &warned["errors"]),
        (&"failed".into(), &Value::Null, &serde_json::json!([]))
    );
    assert_eq!(
        bad["errors"][0],
        serde_json::json!({
            "type": "SyntaxError", "message": "'(' was never closed",
            "line": 1, "col": 10, "end_line": 1, "end_col": 10, "text": "def total(items:",
        })
    );
    let warning = &warned["warnings"][0];
    assert_eq!(fields(warning), ["line", "message", "type"]);
    assert_eq!((&warning["line"], &warning["type"]), (&2.into(), &"SyntaxWarning".into()));
    let bytes = warned["bytes"].as_u64().unwrap();
    let totals = serde_json::json!({"files": 2, "compiled": 1, "fresh": 0, "stale": 0, "failed": 1, "bytes": bytes});
    assert_eq!(found["totals"], totals);
}

#[test]
fn a_key_is_the_name_of_an_object() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    let found = report(&room, &["."]);
    let key = found["files"][0]["key"].as_str().unwrap();
    let inspected = room.run(&["inspect", "--no-code", "--format", "json", key]).ok().json();
    assert_eq!((&inspected["key"], &inspected["payload_bytes"]), (&key.into(), &found["files"][0]["bytes"]));
}

#[test]
fn the_warnings_of_fresh_files_are_there_too() {
    let room = Room::new();
    room.write("a.py", "x = '\\d'\n");
    let first = report(&room, &["."])["files"][0]["warnings"].clone();
    assert_eq!(first[0]["line"], 1);
    let again = report(&room, &["."]);
    assert_eq!((&again["files"][0]["status"], &again["files"][0]["warnings"]), (&"fresh".into(), &first));
}

#[test]
fn everything_but_the_time_is_the_same_whatever_the_jobs() {
    let with = |jobs: &str| {
        let room = Room::new();
        for number in 0..30 {
            let text = ["x = 1\n", "x = (\n", "x = '\\d'\n", "x = 2\n"][number % 4];
            room.write(format!("{number}.py"), text);
        }
        let mut found = report(&room, &[jobs, "."]);
        found["duration_ns"] = Value::Null;
        found["store"]["dir"] = Value::Null;
        found
    };
    assert_eq!(with("-j1"), with("-j8"));
}

#[test]
fn nothing_is_printed_for_a_command_line_that_makes_no_sense() {
    let ran = compile(&Room::new(), &["--format", "json", "no/such"]).status(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("error: cannot open no/such"), "{}", ran.stderr);
}
