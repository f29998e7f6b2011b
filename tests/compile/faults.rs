//! Files that cannot be compiled, and what is said about them.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::{
    compile, outline, report, summary,
    support::{Ran, Room},
};

/// The first error of the only file that failed.
fn error(report: &Value) -> &Value {
    let failed = report["files"].as_array().unwrap().iter().find(|file| file["status"] == "failed").unwrap();
    &failed["errors"][0]
}

/// What is said about files that fail, without the summary, whose seconds differ.
fn diagnosed(ran: &Ran) -> &str {
    ran.stderr.rsplit_once("\n\n").unwrap().0
}

#[test]
fn every_error_of_every_file_in_path_order_whatever_the_jobs() {
    let room = Room::new();
    for number in (0..40).rev() {
        room.write(format!("{number:02}.py"), format!("x = {number}\n"));
    }
    room.write("03.py", "x = = 3\n");
    room.write("17/a.py", "def f(:\n    pass\n");
    room.write("17.py", "if x:\n");
    room.write("39.py", "return\n");
    let one = compile(&room, &["-j1", "."]).status(1);
    let eight = compile(&room, &["-j8", "."]).status(1);
    assert_eq!(diagnosed(&one), diagnosed(&eight));
    assert_eq!(summary(&one), "37 compiled, 0 fresh, 4 failed");
    let places: Vec<_> = one.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).collect();
    assert_eq!(places[0], "03.py:1:5");
    assert!(places.is_sorted() && places.len() >= 4, "{places:?}");
    for file in ["03.py:", "17.py:", "17/a.py:", "39.py:"] {
        assert!(places.iter().any(|place| place.starts_with(file)), "{file} is not in {places:?}");
    }
}

#[test]
fn several_errors_of_one_file() {
    let room = Room::new();
    room.write("a.py", "x = = 1\ny = 2\nz = 3 4\n");
    let ran = compile(&room, &["."]).status(1);
    assert!(ran.stderr.contains("--> a.py:1:5") && ran.stderr.contains("--> a.py:3:7"), "{}", ran.stderr);
    assert_eq!(summary(&ran), "0 compiled, 0 fresh, 1 failed");
}

#[test]
fn sources_are_decoded_as_python_does() {
    let room = Room::new();
    let sources: [(&str, &[u8]); 9] = [
        ("bom.py", b"\xef\xbb\xbfname = 'caf\xc3\xa9'\n"),
        ("bom_cookie.py", b"\xef\xbb\xbf# coding: utf-8\nname = 'caf\xc3\xa9'\n"),
        ("cp1252.py", b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nname = 'caf\xe9'\n"),
        ("cr.py", b"# coding: latin-1\rname = 'caf\xe9'\r"),
        ("crlf.py", b"if True:\r\n    name = 'caf\xc3\xa9'\r\n"),
        ("form_feed.py", b"\x0cname = 'caf\xc3\xa9'\n\x0c\n"),
        ("latin.py", b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n"),
        ("no_newline.py", "name = 'café'".as_bytes()),
        ("utf8.py", "name = 'café'\n".as_bytes()),
    ];
    for (name, bytes) in sources {
        room.write(name, bytes);
    }
    room.write("sjis.py", b"# coding: shift_jis\nname = '\x93\xfa\x96{'\n");
    assert_eq!(summary(&compile(&room, &["."]).ok()), "10 compiled, 0 fresh, 0 failed");
    for (name, _) in sources {
        let module = name.strip_suffix(".py").unwrap();
        let text = format!("import {module}; print({module}.name)");
        let ran = room.run(&["run", "-v", "-c", &text]).ok();
        assert_eq!(ran.stdout, "café\n", "{name}");
        assert!(
            ran.stderr.lines().any(|line| line.starts_with("pyc-rs: hit ") && line.contains(module)),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(room.run(&["run", "-c", "import sjis; print(sjis.name)"]).ok().stdout, "日本\n");
}

#[test]
fn sources_that_cannot_be_decoded() {
    for (bytes, line, message) in [
        (&b"x = 1\ny = '\xff'\n"[..], 2, "Non-UTF-8 code starting with '\\xff' on line 2"),
        (b"# coding: no-such\n", 1, "unknown encoding: no-such"),
        (b"x = 1\n\n\0\n", 3, "source code cannot contain null bytes"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "encoding problem: latin-1 with BOM"),
        (b"# coding: shift_jis\n\nx = '\x93\xff'\n", 3, "shift_jis"),
    ] {
        let room = Room::new();
        room.write("bad.py", bytes);
        room.write("good.py", "x = 1\n");
        let found = report(&room, &["."]);
        assert_eq!(outline(&found), ["failed new bad.py", "compiled new good.py"]);
        let error = error(&found);
        assert_eq!((&error["type"], &error["line"]), (&"SyntaxError".into(), &line.into()), "{error}");
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
        assert!(found["files"][0]["hint"].is_string());
    }
}

#[test]
fn the_kind_of_an_error_is_pythons() {
    let room = Room::new();
    for (text, kind) in [
        ("x = (\n", "SyntaxError"),
        ("if x:\ny = 1\n", "IndentationError"),
        ("nonlocal x\n", "SyntaxError"),
        ("def f():\n    await x\n", "SyntaxError"),
        ("x: int = yield\n", "SyntaxError"),
    ] {
        room.write("a.py", text);
        assert_eq!(error(&report(&room, &["a.py"]))["type"], kind, "{text:?}");
    }
}

#[test]
fn columns_count_characters() {
    let room = Room::new();
    room.write("a.py", "x = 1\ny = '日本😀' 2\n");
    let found = report(&room, &["a.py"]);
    let error = error(&found);
    assert_eq!((&error["line"], &error["col"], &error["end_col"]), (&2.into(), &11.into(), &12.into()), "{error}");
    assert_eq!(error["text"], "y = '日本😀' 2");
}

#[test]
fn what_cannot_be_read_does_not_stop_the_others() {
    let room = Room::new();
    room.write("good.py", "x = 1\n");
    // A plain file that even root cannot read.
    symlink("/proc/self/mem", room.path().join("memory.py")).unwrap();
    let found = report(&room, &["."]);
    assert_eq!(outline(&found), ["compiled new good.py", "failed - memory.py"]);
    assert_eq!(error(&found)["type"], "Unreadable");
    let ran = compile(&room, &["."]).status(1);
    assert!(ran.stderr.starts_with("error: cannot read: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("--> memory.py\n"), "{}", ran.stderr);
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let room = Room::new();
    room.write("good.py", "x = 1\n");
    let fifo = room.path().join("fifo.py");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let found = report(&room, &["fifo.py", "/dev/null", "good.py"]);
    assert_eq!(outline(&found), ["failed - /dev/null", "failed - fifo.py", "compiled new good.py"]);
    assert_eq!(error(&found)["type"], "NotAFile");
    // Nobody asked for the one in the folder.
    assert_eq!(outline(&report(&room, &["."])).len(), 1);
}
