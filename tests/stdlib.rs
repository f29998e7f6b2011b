//! Whole standard libraries compile, except for the files in `tests/lists`.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use support::{Ran, Room, repository};

/// Compiles a tree whatever its ignore files say.
fn compile(room: &Room, lib: &Path) -> Ran {
    let mut command = room.command();
    command.args(["compile", "--no-ignore", "--format", "json"]).arg(lib);
    let ran = Ran::from(command.output().unwrap());
    // It takes long enough for a progress bar, which has no place in a pipe.
    assert_eq!(ran.stderr, "");
    ran
}

/// The files of a list in `tests/lists`, with the reasons.
fn listed(name: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(repository().join("tests/lists").join(name)).unwrap();
    let entry = |line: &str| {
        let (path, reason) = line.split_once('\t').unwrap_or_else(|| panic!("{name}: no reason in {line:?}"));
        (path.to_owned(), reason.to_owned())
    };
    text.lines().filter(|line| !line.starts_with('#')).map(entry).collect()
}

/// The files that failed, relative to the tree, with their messages.
fn failed(report: &Value, lib: &Path) -> BTreeMap<String, String> {
    let files = report["files"].as_array().unwrap();
    let failed = files.iter().filter(|file| file["status"] == "failed");
    failed
        .map(|file| {
            let path = Path::new(file["path"].as_str().unwrap()).strip_prefix(lib).unwrap();
            (path.to_str().unwrap().to_owned(), file["errors"].to_string())
        })
        .collect()
}

/// What is installed differs from machine to machine.
fn may_be_absent(lib: &Path, path: &str) -> bool {
    path.starts_with("site-packages/") && !lib.join(path).exists()
}

fn check(lib: &Path, list: &str, at_least: u64) {
    let room = Room::new();
    let listed = listed(list);
    let first = compile(&room, lib);
    let report = first.json();
    let failed = failed(&report, lib);
    let unexpected: BTreeMap<_, _> = failed.iter().filter(|(path, _)| !listed.contains_key(*path)).collect();
    assert!(unexpected.is_empty(), "not in tests/lists/{list}: {unexpected:#?}");
    let names: BTreeSet<&String> = failed.keys().collect();
    let compiling: Vec<_> = listed.keys().filter(|path| !names.contains(path) && !may_be_absent(lib, path)).collect();
    assert!(compiling.is_empty(), "in tests/lists/{list}, but they compile or are gone: {compiling:#?}");
    assert_eq!(first.status, Some(i32::from(!failed.is_empty())));

    let totals = &report["totals"];
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert!(number("files") >= at_least, "{totals}");
    assert_eq!((number("compiled") + number("failed"), number("fresh")), (number("files"), 0), "{totals}");

    let again = compile(&room, lib).json();
    assert_eq!((&again["totals"]["compiled"], &again["totals"]["failed"]), (&0.into(), &totals["failed"]));
    assert_eq!(again["totals"]["fresh"], totals["compiled"]);
}

#[test]
fn the_library_of_rustpython_compiles() {
    check(Path::new(rustpython_pylib::LIB_PATH), "pylib-rejected.txt", 700);
}

#[test]
fn the_library_of_cpython_compiles() {
    match cpython_lib() {
        Some(lib) => check(&lib, "cpython-lib-rejected.txt", 1_500),
        None if env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("no CPython 3.13 on this machine: set PYC_RS_TEST_PYTHON to one")
        }
        None => eprintln!("skipped: no CPython 3.13 on this machine; PYC_RS_TEST_PYTHON may name one"),
    }
}

/// The Lib folder of the first CPython 3.13 that runs.
fn cpython_lib() -> Option<PathBuf> {
    if let Some(python) = env::var_os("PYC_RS_TEST_PYTHON") {
        let python = PathBuf::from(python);
        return Some(lib_of(&python).unwrap_or_else(|| panic!("{} is no CPython 3.13 that runs", python.display())));
    }
    let mut candidates = vec![PathBuf::from("python3.13")];
    candidates.extend(pyenv_versions());
    candidates.iter().find_map(|python| lib_of(python))
}

fn pyenv_versions() -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| env::home_dir().map(|home| home.join(".pyenv"))).unwrap_or_default();
    let versions = fs::read_dir(root.join("versions")).into_iter().flatten().flatten();
    let is_wanted = |folder: &PathBuf| folder.file_name().unwrap().to_string_lossy().starts_with("3.13.");
    let mut found: Vec<_> = versions.map(|entry| entry.path()).filter(is_wanted).collect();
    found.sort();
    found.into_iter().map(|folder| folder.join("bin/python3.13")).collect()
}

/// Where a CPython 3.13 keeps its library; a shim that starts nothing has none.
fn lib_of(python: &Path) -> Option<PathBuf> {
    const ASK: &str = "import os, sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2]); print(os.path.dirname(os.__file__))";
    let output = Command::new(python).args(["-I", "-c", ASK]).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let (version, lib) = answer.trim_end().split_once('\n')?;
    (output.status.success() && version == "cpython 3.13").then(|| PathBuf::from(lib))
}

/// `_colorize` is ours (`REPLACED` in `runtime/build.rs`); a copy of the standard library's is found before it.
#[test]
fn color_themes_are_those_of_the_standard_library() {
    let room = Room::new();
    let theirs = room.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::copy(Path::new(rustpython_pylib::LIB_PATH).join("_colorize.py"), theirs.join("_colorize.py")).unwrap();
    let program = repository().join("tests/stdlib/color_themes.py");
    let run = |path: &Path| {
        let mut command = room.command();
        command.arg("run").arg(&program).env("PYTHONPATH", path);
        Ran::from(command.output().unwrap())
    };
    let (expected, ours) = (run(&theirs), run(&room.path()));
    assert_eq!((expected.status, expected.stderr.as_str()), (Some(0), ""));
    assert!(expected.stdout.lines().count() > 80, "{}", expected.stdout);
    assert_eq!((ours.stdout, ours.stderr, ours.status), (expected.stdout, expected.stderr, expected.status));
}

#[test]
fn a_parser_of_arguments_needs_no_data_classes() {
    let room = Room::new();
    let mut command = room.command();
    command.args(["run", "--no-image", "-c"]).arg(
        "import argparse, sys; argparse.ArgumentParser().parse_args([]); print({'_colorize', 'dataclasses', 'inspect'} & set(sys.modules))",
    );
    assert_eq!(Ran::from(command.output().unwrap()).stdout, "{'_colorize'}\n");
}
