//! Settings: where they come from, who wins, and what a checkout may not decide.

mod support;

use support::{Ran, Room};

/// Runs a command with this file of the user, below this folder.
fn run(room: &Room, folder: &str, user: &str, arguments: &[&str]) -> Ran {
    let file = room.write("home/pyc-rs.toml", user);
    let folder = room.path().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = room.command();
    command.args(arguments).current_dir(folder).env("PYC_RS_CONFIG", file);
    support::with_input(command, b"")
}

fn setting(ran: &Ran, key: &str) -> serde_json::Value {
    let all = ran.json();
    let found = all["settings"].as_array().unwrap().iter().find(|setting| setting["key"] == key).unwrap();
    found.clone()
}

const JSON: [&str; 3] = ["config", "--format", "json"];

#[test]
fn the_nearest_to_the_command_wins_and_is_named() {
    let room = Room::new();
    room.write("repo/.git/HEAD", "");
    let project = room.write("repo/pyc-rs.toml", "\n[compile]\njobs = 3\n");
    let user = "cache-size = '1GiB'\n[compile]\njobs = 2\noptimize = 1\n";
    let ran = run(&room, "repo/src/deep", user, &JSON).ok();
    let jobs = setting(&ran, "compile.jobs");
    assert_eq!((jobs["value"].as_str(), jobs["source"]["line"].as_u64()), (Some("3"), Some(3)));
    assert_eq!(jobs["source"]["path"].as_str(), project.to_str());
    let optimize = setting(&ran, "compile.optimize");
    assert_eq!((optimize["value"].as_str(), optimize["source"]["kind"].as_str()), (Some("1"), Some("file")));
    let folder = setting(&ran, "cache-dir");
    assert_eq!(folder["source"]["name"], "PYC_RS_CACHE_DIR");
    assert_eq!(setting(&ran, "remote.timeout")["source"]["kind"], "default");
    let flags = [&JSON[..], &["--cache-dir", "x", "--remote", "redis://me:hunter2@h/1?prefix=p"]].concat();
    let ran = run(&room, "repo", user, &flags).ok();
    assert_eq!(setting(&ran, "cache-dir")["source"]["name"], "--cache-dir");
    assert_eq!(setting(&ran, "remote.url")["value"], "redis://h/1");
    assert_eq!(ran.json()["files"].as_array().unwrap().len(), 2);
}

#[test]
fn a_file_above_the_repository_is_not_the_projects() {
    let room = Room::new();
    room.write("pyc-rs.toml", "[compile]\njobs = 3\n");
    room.write("repo/.git/HEAD", "");
    room.write("repo/pyproject.toml", "[tool.other]\n");
    let ran = run(&room, "repo", "", &JSON).ok();
    assert_eq!(setting(&ran, "compile.jobs")["source"]["kind"], "default");
    room.write("repo/pyproject.toml", "[tool.pyc-rs.compile]\njobs = 4\n");
    let ran = run(&room, "repo", "", &JSON).ok();
    assert_eq!(setting(&ran, "compile.jobs")["value"], "4");
}

#[test]
fn what_is_configured_is_done() {
    let room = Room::new();
    room.write("repo/.git/HEAD", "");
    room.write("repo/good.py", "x = 1\n");
    room.write("repo/bad.py", "x = = 1\n");
    room.write("repo/left/out.py", "x = 2\n");
    run(&room, "repo", "", &["compile", "."]).status(1);
    room.write("repo/pyc-rs.toml", "[compile]\nexclude = ['left']\non-error = 'warn'\noptimize = 2\njobs = 1\n");
    let ran = run(&room, "repo", "", &["compile", "--format", "json", "."]).ok();
    assert!(ran.stdout.contains("good.py") && !ran.stdout.contains("out.py"), "{ran:#?}");
    run(&room, "repo", "", &["compile", "--on-error", "fail", "."]).status(1);
    let ran = run(&room, "repo", "", &["compile", "--exclude", "bad.py", "."]).ok();
    assert!(ran.stderr.starts_with("1 compiled, 1 fresh, 0 failed"), "{ran:#?}");
    // The cache is where the user wants it.
    let mut command = room.command();
    let file = room.write("home/pyc-rs.toml", "cache-dir = 'elsewhere'\n");
    command.args(["cache", "dir"]).env("PYC_RS_CONFIG", file).env_remove("PYC_RS_CACHE_DIR");
    let ran = support::with_input(command, b"").ok();
    assert_eq!(ran.stdout.trim_end(), room.path().join("home/elsewhere").to_str().unwrap());
}

#[test]
fn mistakes_are_named_with_file_line_and_suggestion() {
    let room = Room::new();
    room.write("a.py", "print(1)\n");
    let ran = run(&room, "", "\n[remote]\nurll = 's3://b'\n", &["run", "a.py"]).status(2);
    assert!(ran.stderr.contains("home/pyc-rs.toml:3: unknown setting remote.urll"), "{ran:#?}");
    assert!(ran.stderr.contains("hint: did you mean remote.url?"), "{ran:#?}");
    let mut command = room.command();
    command.args(["cache", "info"]).env("PYC_RS_CACHE_SIZE", "big");
    let ran = support::with_input(command, b"").status(2);
    assert!(ran.stderr.contains("PYC_RS_CACHE_SIZE: "), "{ran:#?}");
}

#[test]
fn a_checkout_decides_neither_where_code_comes_from_nor_about_the_cache() {
    let room = Room::new();
    room.write("repo/a.py", "print(1)\n");
    room.write("repo/.git/HEAD", "");
    for text in ["[remote]\nurl = 'file:///tmp/evil'\n", "cache-dir = '/tmp/evil'\n", "image = './evil.pyci'\n"] {
        room.write("repo/pyc-rs.toml", text);
        let ran = run(&room, "repo", "", &["compile", "."]).status(2);
        assert!(ran.stderr.contains("is not taken from a project's file") && ran.stderr.contains("hint: "), "{ran:#?}");
        // A run does not so much as look at it.
        assert_eq!(run(&room, "repo", "", &["run", "a.py"]).ok().stdout, "1\n");
    }
}

#[test]
fn files_can_be_left_alone() {
    let room = Room::new();
    room.write("pyc-rs.toml", "nonsense");
    let mut command = room.command();
    command.args(["config"]).env("PYC_RS_CONFIG", "off");
    let ran = support::with_input(command, b"").ok();
    assert!(ran.stdout.starts_with("your file: none"), "{ran:#?}");
    std::fs::remove_file(room.path().join("pyc-rs.toml")).unwrap();
    let mut command = room.command();
    command.args(["config"]).env("PYC_RS_CONFIG", "/no/such/file");
    let ran = support::with_input(command, b"").ok();
    assert!(ran.stdout.starts_with("your file: /no/such/file (not there)"), "{ran:#?}");
}
