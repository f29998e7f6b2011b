//! A real application: `examples/report` with its dependencies from PyPI, built into one bundle
//! and run where there is no Python. Needs `python3` with pip, and PyPI.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use support::{BINARY, Ran, Room, repository};

/// A virtual environment with what the example requires. Without pip there is no test, and that
/// is a failure that says so.
fn environment(room: &Room) -> PathBuf {
    let folder = room.path().join("venv");
    let site = folder.join("lib/python3.13/site-packages");
    fs::create_dir_all(&site).unwrap();
    fs::write(folder.join("pyvenv.cfg"), "").unwrap();
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-compile", "--no-cache-dir", "--disable-pip-version-check"]);
    pip.arg("--target").arg(&site).arg("--requirement").arg(repository().join("examples/report/requirements.txt"));
    let ran = pip.stdin(Stdio::null()).output().map(Ran::from);
    match ran {
        Ok(ran) if ran.status == Some(0) => folder,
        Ok(ran) => panic!("this test needs pip and PyPI, and pip failed: {ran:#?}"),
        Err(error) => panic!("this test needs `python3 -m pip`, and there is no python3: {error}"),
    }
}

/// Runs the bundle with nothing around it: no Python, no home, no other folder on `PATH`.
fn run(bundle: &Path, folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(BINARY);
    command.env_clear().env("PATH", "/nowhere").env("LANG", "C.UTF-8").env("PYC_RS_IMAGE", "off");
    command.arg("run").arg(bundle).args(arguments).current_dir(folder).stdin(Stdio::null());
    Ran::from(command.output().unwrap())
}

#[test]
fn an_application_with_dependencies_is_one_file() {
    let room = Room::tidy();
    let environment = environment(&room);
    let build = |name: &str| {
        let mut command = room.command();
        command.args(["compile", "--include-deps", "--entry", "report:main", "--executable", "-o", name]);
        command.arg(repository().join("examples/report/report.py")).env("VIRTUAL_ENV", &environment);
        Ran::from(command.output().unwrap()).ok()
    };
    let built = build("report");
    assert!(built.stderr.contains("9 distributions"), "{built:#?}");
    build("again");
    let bundle = fs::read(room.path().join("report")).unwrap();
    assert!(bundle == fs::read(room.path().join("again")).unwrap());
    room.run(&["bundle", "verify", "report"]).ok();
    fs::remove_dir_all(environment).unwrap();

    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("report");
    fs::rename(room.path().join("report"), &path).unwrap();
    fs::write(elsewhere.path().join("text"), "the cat and the hat and the bat\n").unwrap();
    let run = |arguments: &[&str]| run(&path, elsewhere.path(), &[arguments, &["text"]].concat()).ok().stdout;
    assert_eq!(run(&["--format", "line"]), "THE=3, AND=2, CAT=1\n");
    assert_eq!(run(&["--format", "yaml", "--top=1"]), "- count: 3\n  word: the\n");
    assert!(run(&[]).contains("│ the  │     3 │"));
    assert!(run(&["--format", "markdown"]).contains(" • the: 3"));
    assert_eq!(run(&["--format", "json", "--top", "1"]).trim_end(), r#"[{"word": "the", "count": 3}]"#);
    assert_eq!(run(&["--version"]), "click 8.5.1\n");
    assert!(run(&["--help"]).contains("Show the most common words of FILE."));
    let wrong = self::run(&path, elsewhere.path(), &["no-such-file"]).status(2);
    assert!(wrong.stderr.contains("Error: Invalid value for 'FILE'"), "{wrong:#?}");
}
