//! What the command prints, word by word. After a change that is meant, run the
//! tests with `INSTA_UPDATE=always` and read what became of `tests/snapshots/`.

mod support;

use std::fmt::Write as _;

use support::{Ran, Room};

/// Runs a command and shows all that a person sees of it.
fn screen(room: &Room, arguments: &[&str]) -> String {
    shown(room, &room.run(arguments))
}

fn shown(room: &Room, ran: &Ran) -> String {
    let mut text = String::new();
    for (name, stream) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        if !stream.is_empty() {
            writeln!(text, "-- {name}\n{}", stream.trim_end_matches('\n')).unwrap();
        }
    }
    write!(text, "-- status {}", ran.status.unwrap()).unwrap();
    stable(room, &text)
}

/// Replaces what differs from run to run and from machine to machine.
fn stable(room: &Room, text: &str) -> String {
    let text =
        text.replace(room.cache_dir().to_str().unwrap(), "[cache]").replace(room.path().to_str().unwrap(), "[work]");
    text.lines().map(line_without_figures).collect::<Vec<_>>().join("\n")
}

fn line_without_figures(line: &str) -> String {
    if line.starts_with("engine ") {
        return "engine        [engine]".to_owned();
    }
    let is_unit = |word: &&str| ["B", "KiB", "MiB", "s"].contains(&word.trim_end_matches([')', ',', ':', ';']));
    let words: Vec<&str> = line.split(' ').collect();
    let figure = |(index, word): (usize, &&str)| match words.get(index + 1) {
        Some(unit) if is_unit(unit) => without_number(word),
        _ => without_hex(word),
    };
    words.iter().enumerate().map(figure).collect::<Vec<_>>().join(" ")
}

fn without_number(word: &str) -> String {
    let number = word.trim_start_matches('(');
    let is_number = number.parse::<f64>().is_ok();
    if is_number { word.replace(number, "[n]") } else { word.to_owned() }
}

/// Keys, and the names of the objects, which are their keys from the third digit on.
fn without_hex(word: &str) -> String {
    let is_key = |part: &str| part.len() >= 62 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = word.split('/').collect();
    match parts.as_slice() {
        [start @ .., _, name] if is_key(name.trim_end_matches(':')) => format!("{}/[key]", start.join("/")),
        [key] if is_key(key) => "[key]".to_owned(),
        _ => word.to_owned(),
    }
}

/// A tree with faults of many kinds.
fn broken_tree() -> Room {
    let room = Room::new();
    room.write("app/__init__.py", "'''The application.'''\n");
    room.write("app/indent.py", "def f():\nreturn 1\n");
    room.write("app/latin.py", b"name = 'caf\xe9'\n");
    room.write("app/main.py", "def total(items:\n    return sum(items)\n\n\nprint total([1])\n");
    room.write("app/null.py", "x = 1\n\0\n");
    room.write("app/tokens.py", "x = = 1\ny = 2\nz = 3 4\n");
    room.write("notes.txt", "no code\n");
    room
}

#[test]
fn the_help_of_every_command() {
    let room = Room::new();
    let of_cache = [
        "cache",
        "cache dir",
        "cache info",
        "cache verify",
        "cache gc",
        "cache stats",
        "cache export",
        "cache import",
        "cache clear",
    ];
    let of_bundles = ["bundle", "bundle list", "bundle info", "bundle verify", "bundle diff", "bundle extract"];
    let others = ["", "compile", "run", "inspect", "bundle sign", "bundle keygen"];
    for command in of_cache.into_iter().chain(of_bundles).chain(others) {
        let mut arguments: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        arguments.push("--help");
        let name = format!("help {command}").trim_end().replace(' ', "_");
        insta::assert_snapshot!(name, screen(&room, &arguments));
    }
}

#[test]
fn no_command_is_a_request_for_help() {
    let ran = Room::new().run::<&str>(&[]).status(2);
    assert!(ran.stderr.contains("Usage: pyc-rs [OPTIONS] <COMMAND>") && ran.stdout.is_empty(), "{ran:#?}");
}

#[test]
fn a_tree_with_errors() {
    let room = broken_tree();
    insta::assert_snapshot!("compile_broken_explain", screen(&room, &["compile", "--explain", "-j1", "app"]));
    insta::assert_snapshot!("compile_broken", screen(&room, &["compile", "app", "notes.txt"]));
    insta::assert_snapshot!("compile_check", screen(&room, &["compile", "--check", "app"]));
    insta::assert_snapshot!("compile_dry_run", screen(&room, &["compile", "--dry-run", "-O", "app"]));
}

#[test]
fn a_tree_without_errors() {
    let room = Room::new();
    room.write("a.py", "'''Doc.'''\nx = 1\n");
    room.write("b.py", "pattern = '\\w'\n");
    insta::assert_snapshot!("compile", screen(&room, &["compile", "."]));
    insta::assert_snapshot!("compile_verbose", screen(&room, &["compile", "-O", "-v", "."]));
    insta::assert_snapshot!("compile_explain", screen(&room, &["compile", "-OO", "--explain", "."]));
    insta::assert_snapshot!("compile_nothing", screen(&room, &["compile", "--exclude", "*.py", "."]));
    insta::assert_snapshot!("compile_missing", screen(&room, &["compile", "no/such"]));
}

#[test]
fn the_cache() {
    let room = Room::tidy();
    room.write("a.py", "x = 1\n");
    insta::assert_snapshot!("cache_info_empty", screen(&room, &["cache", "info"]));
    room.run(&["run", "a.py"]).ok();
    room.run(&["run", "a.py"]).ok();
    insta::assert_snapshot!("cache_info", screen(&room, &["cache", "info"]));
    insta::assert_snapshot!("inspect", screen(&room, &["inspect", "--no-code", "a.py"]));
    support::damage(&room.objects()[0]);
    insta::assert_snapshot!("cache_verify_bad", screen(&room, &["cache", "verify"]));
    insta::assert_snapshot!("cache_verify", screen(&room, &["cache", "verify"]));
    insta::assert_snapshot!("cache_gc", screen(&room, &["cache", "gc"]));
    insta::assert_snapshot!("cache_clear", screen(&room, &["cache", "clear"]));
    insta::assert_snapshot!("inspect_missing", screen(&room, &["inspect", "a.py"]));
}

#[test]
fn bundles() {
    let room = Room::tidy();
    room.write("src/app/__init__.py", "'''The application.'''\n");
    room.write("src/app/cli.py", "def main():\n    return 0\n");
    room.write("src/app/data.txt", "data\n");
    room.write("other/app/cli.py", "");
    let compile = ["compile", "src", "-o", "app.pycb", "--entry", "app.cli:main"];
    insta::assert_snapshot!("bundle_compile", screen(&room, &compile));
    insta::assert_snapshot!("bundle_compile_collision", screen(&room, &["compile", "src", "other", "-o", "app.pycb"]));
    room.run(&[&compile[..], &["-q", "--with-data", "--with-source"]].concat()).ok();
    insta::assert_snapshot!("bundle_info", screen(&room, &["bundle", "info", "app.pycb"]));
    insta::assert_snapshot!("bundle_list", screen(&room, &["bundle", "list", "app.pycb"]));
    insta::assert_snapshot!("bundle_verify", screen(&room, &["bundle", "verify", "app.pycb"]));
    insta::assert_snapshot!("bundle_extract", screen(&room, &["bundle", "extract", "--to", "out", "app.pycb"]));
    let unsigned = ["run", "--require-signature", "no-key", "app.pycb"];
    insta::assert_snapshot!("bundle_no_key", screen(&room, &unsigned));
    support::damage(&room.path().join("app.pycb"));
    insta::assert_snapshot!("bundle_verify_bad", screen(&room, &["bundle", "verify", "app.pycb"]));
}

#[test]
fn the_step_of_ci() {
    let room = broken_tree();
    insta::assert_snapshot!(
        "compile_check_github",
        screen(&room, &["compile", "--check", "--format", "github", "app"])
    );
    insta::assert_snapshot!("compile_github", screen(&room, &["compile", "--format", "github", "app"]));
    room.write("app/new.py", "x = 1\n");
    insta::assert_snapshot!("compile_cold", screen(&room, &["compile", "-q", "--max-miss-rate", "5", "app/new.py"]));
    room.write("app/new.py", "x = 2\n");
    insta::assert_snapshot!("cache_export", screen(&room, &["cache", "export", "app.pycar", "app"]));
    insta::assert_snapshot!("cache_import", screen(&room, &["cache", "import", "app.pycar"]));
    insta::assert_snapshot!("cache_import_bad", screen(&room, &["cache", "import", "notes.txt", "missing.pycar"]));
    insta::assert_snapshot!("run_explain", screen(&room, &["run", "--explain", "app/new.py"]));
}

#[test]
fn a_cache_in_the_way() {
    let room = Room::new();
    room.write("a.py", "x = 1\n");
    std::fs::write(room.cache_dir(), "").unwrap();
    insta::assert_snapshot!("cache_info_off", screen(&room, &["cache", "info"]));
    insta::assert_snapshot!("compile_cache_off", screen(&room, &["compile", "a.py"]));
}
