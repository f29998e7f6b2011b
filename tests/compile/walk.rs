//! Which files are compiled.

use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
};

use crate::{
    compile, outline, paths, report,
    support::{Ran, Room, with_input},
};

fn tree(files: &[&str]) -> Room {
    let room = Room::new();
    for file in files {
        room.write(file, format!("name = {file:?}\n"));
    }
    room
}

#[test]
fn folders_are_searched_by_suffix_in_the_order_of_bytes() {
    let room = tree(&["b.py", "a/x.pyw", "a.py", "a/y.txt", "c.pyc", "README", "B.py", "a-b.py", "é.py"]);
    assert_eq!(paths(&report(&room, &["."])), ["B.py", "a-b.py", "a.py", "a/x.pyw", "b.py", "é.py"]);
    // Paths are shown as their root was written.
    assert_eq!(paths(&report(&room, &["a", "./b.py"])), ["./b.py", "a/x.pyw"]);
    let absolute = room.path().join("a");
    assert_eq!(
        paths(&report(&room, &[absolute.to_str().unwrap()])),
        [absolute.join("x.pyw").to_str().unwrap().to_owned()]
    );
}

#[test]
fn ignore_files_hide_what_they_name_unless_told_otherwise() {
    let room = tree(&["a.py", "build/b.py", "src/c.py", "src/gen.py", "src/keep_gen.py", "d.py"]);
    room.write(".gitignore", "build/\n*gen.py\n");
    room.write("src/.gitignore", "!keep_gen.py\n");
    room.write(".ignore", "/d.py\n");
    assert_eq!(paths(&report(&room, &["."])), ["a.py", "src/c.py", "src/keep_gen.py"]);
    // The rules of a folder hold below it too.
    assert_eq!(paths(&report(&room, &["src"])), ["src/c.py", "src/keep_gen.py"]);
    let all = ["a.py", "build/b.py", "d.py", "src/c.py", "src/gen.py", "src/keep_gen.py"];
    assert_eq!(paths(&report(&room, &["--no-ignore", "."])), all);
}

#[test]
fn hidden_files_and_pycache_are_left_out_even_without_ignore_files() {
    let room = tree(&[".a.py", ".venv/b.py", "__pycache__/c.py", "d/__pycache__/e.py", "f.py"]);
    assert_eq!(paths(&report(&room, &["."])), ["f.py"]);
    assert_eq!(paths(&report(&room, &["--no-ignore", "."])), ["f.py"]);
    // Naming them is asking for them.
    let named = report(&room, &[".a.py", ".venv", "__pycache__"]);
    assert_eq!(paths(&named), [".a.py", ".venv/b.py", "__pycache__/c.py"]);
}

#[test]
fn patterns_leave_out_more() {
    let room = tree(&["tests/a.py", "src/tests/b.py", "src/c.py", "src/c_test.py"]);
    let without = |patterns: &[&str]| {
        let mut arguments: Vec<&str> = patterns.iter().flat_map(|pattern| ["--exclude", pattern]).collect();
        arguments.push(".");
        paths(&report(&room, &arguments))
    };
    assert_eq!(without(&["tests"]), ["src/c.py", "src/c_test.py"]);
    assert_eq!(without(&["/tests", "*_test.py"]), ["src/c.py", "src/tests/b.py"]);
    assert_eq!(without(&["*", "!src", "!src/c.py"]), ["src/c.py"]);
    let malformed = compile(&room, &["--exclude", "a[", "."]).status(2);
    assert!(malformed.stderr.starts_with("error: invalid exclude pattern: "), "{}", malformed.stderr);
}

#[test]
fn scripts_are_compiled_when_they_are_named() {
    let room = Room::new();
    room.write("tool", "#!/usr/bin/env python3\nprint('tool')\n");
    room.write("shell", "#!/bin/sh\necho python\n");
    room.write("notes.txt", "x = 1\n");
    assert_eq!(outline(&report(&room, &["tool"])), ["compiled new tool"]);
    assert_eq!(room.run(&["run", "-v", "tool"]).ok().compiled_modules(), 0);
    for other in ["shell", "notes.txt"] {
        let refused = compile(&room, &[other]).status(1);
        assert!(refused.stderr.starts_with("error: not a Python file: "), "{}", refused.stderr);
        assert!(refused.stderr.contains(other) && refused.stderr.contains("hint: "), "{}", refused.stderr);
    }
    // A search does not open files to see what they are.
    assert!(paths(&report(&room, &["."])).is_empty());
}

#[test]
fn a_list_of_paths_is_read_from_standard_input() {
    let room = tree(&["a.py", "b c.py", "d\ne.py", "sub/f.py", "left/out.py"]);
    let from = |list: &[u8]| {
        let mut command = room.command();
        command.args(["compile", "--format", "json", "--dry-run", "-"]);
        paths(&with_input(command, list).ok().json())
    };
    assert_eq!(from(b"b c.py\na.py\n\nsub"), ["a.py", "b c.py", "sub/f.py"]);
    assert_eq!(from(b"d\ne.py\0a.py\0sub/f.py\0"), ["a.py", "d\ne.py", "sub/f.py"]);
    assert!(from(b"").is_empty());

    let mut mixed = room.command();
    mixed.args(["compile", "--format", "json", "left", "-"]);
    assert_eq!(paths(&with_input(mixed, b"a.py\n").ok().json()), ["a.py", "left/out.py"]);
    let mut missing = room.command();
    missing.args(["compile", "-"]);
    let ran = with_input(missing, b"a.py\nno/such.py\n").status(2);
    assert!(ran.stderr.contains("cannot open no/such.py"), "{}", ran.stderr);
}

#[test]
fn links_to_files_are_compiled_and_links_to_folders_are_not_followed() {
    let room = tree(&["a/real.py"]);
    let at = |name: &str| room.path().join(name);
    symlink(at("a/real.py"), at("link.py")).unwrap();
    symlink(at("a"), at("b")).unwrap();
    symlink(at("."), at("a/loop")).unwrap();
    symlink(at("self.py"), at("self.py")).unwrap();
    symlink(at("nothing"), at("dangling.py")).unwrap();
    let found = report(&room, &["."]);
    assert_eq!(outline(&found), ["compiled new a/real.py", "compiled new link.py"]);
    // Two names, one content, one object.
    assert_eq!(found["files"][0]["key"], found["files"][1]["key"]);
    assert_eq!(room.objects().len(), 1);
    assert_eq!(paths(&report(&room, &["b"])), ["b/real.py"]);
    compile(&room, &["self.py"]).status(2);
}

#[test]
fn a_file_that_is_reached_twice_is_compiled_once() {
    let room = tree(&["src/a.py", "src/b.py"]);
    let twice =
        compile(&room, &["--format", "json", "src", "src/a.py", "src/../src/a.py", ".", "src/a.py"]).ok().json();
    assert_eq!(twice["totals"]["files"], 2);
    assert_eq!(outline(&twice), ["compiled new src/a.py", "compiled new src/b.py"]);
}

#[test]
fn a_tree_without_python_is_no_failure() {
    let room = tree(&["notes.txt", "skipped.py"]);
    room.write(".gitignore", "*.py\n");
    let ran = compile(&room, &["."]).ok();
    assert_eq!(ran.stderr, "warning: no Python files found\nhint: ignore files may leave them out: try --no-ignore\n");
    assert_eq!(compile(&room, &["-q", "."]).ok().stderr, "");
    assert_eq!(report(&room, &["."])["totals"]["files"], 0);
}

#[test]
fn names_may_be_any_bytes() {
    let room = Room::new();
    let odd = OsStr::from_bytes(b"a \xff\n.py");
    room.write(odd, "x = (\n");
    let ran = compile(&room, &["."]).status(1);
    assert!(ran.stderr.contains("--> a \u{fffd}\\n.py:1:5"), "{}", ran.stderr);
    let file = report(&room, &["."])["files"][0].clone();
    assert_eq!((&file["path"], &file["path_bytes"]), (&"a \u{fffd}\n.py".into(), &"6120ff0a2e7079".into()));
    let mut named = room.command();
    named.arg("compile").arg(odd);
    assert!(Ran::from(named.output().unwrap()).status(1).stderr.contains("0 compiled, 0 fresh, 1 failed"));
}
