//! `pyc-rs compile --watch`: a child that is driven by changes and watched by its lines.

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use support::{BINARY, Room, clean};

/// How long a line may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

struct Watcher {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Watcher {
    /// Starts to watch, and waits until it does.
    fn start(room: &Room, arguments: &[&str]) -> Self {
        let mut watcher = Self::of(room.command().args(["compile", "--watch"]).args(arguments));
        watcher.wait_for("pyc-rs: watching ");
        watcher
    }

    fn of(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, lines, seen: Vec::new() }
    }

    /// The next line that contains this.
    #[track_caller]
    fn wait_for(&mut self, part: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(part) {
                        return line;
                    }
                }
                Err(error) => panic!("no line with `{part}` ({error}): {:#?}", self.seen),
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tree() -> Room {
    let room = Room::tidy();
    room.write("src/a.py", "x = 1\n");
    room.write("src/pkg/b.py", "x = 2\n");
    room
}

#[test]
fn what_changes_is_compiled() {
    let room = tree();
    let mut watcher = Watcher::start(&room, &["src"]);
    assert!(watcher.seen[0].starts_with("2 compiled, 0 fresh, 0 failed ("), "{:?}", watcher.seen);
    room.write("src/a.py", "x = 10\n");
    watcher.wait_for("src/a.py: 1 compiled, 1 fresh, 0 failed (");
    room.run(&["compile", "--check", "-q", "src"]).ok();
    room.write("src/pkg/new.py", "x = 3\n");
    watcher.wait_for("src/pkg/new.py: 1 compiled, 2 fresh, 0 failed (");
    fs::remove_file(room.path().join("src/a.py")).unwrap();
    watcher.wait_for("0 compiled, 2 fresh, 0 failed (");
}

#[test]
fn editors_save_in_their_own_ways() {
    let room = tree();
    let at = |name: &str| room.path().join("src").join(name);
    let mut watcher = Watcher::start(&room, &["src"]);
    // Write another and rename it over.
    fs::write(at(".a.py.swp"), "x = 'renamed'\n").unwrap();
    fs::rename(at(".a.py.swp"), at("a.py")).unwrap();
    watcher.wait_for("src/a.py: 1 compiled");
    // Move the old one away and write a new one.
    fs::rename(at("a.py"), at("a.py~")).unwrap();
    fs::write(at("a.py"), "x = 'written anew'\n").unwrap();
    fs::remove_file(at("a.py~")).unwrap();
    watcher.wait_for("src/a.py: 1 compiled");
    // Remove and create.
    fs::remove_file(at("a.py")).unwrap();
    fs::write(at("a.py"), "x = 'created'\n").unwrap();
    watcher.wait_for("src/a.py: 1 compiled");
    // Truncate, and write in pieces: each piece may be seen, the last one is.
    let mut text = String::new();
    for piece in ["y = [\n", "    1,\n", "]\n"] {
        text += piece;
        fs::write(at("a.py"), &text).unwrap();
    }
    watcher.wait_for("src/a.py: 1 compiled, 1 fresh, 0 failed");
    room.run(&["compile", "--check", "-q", "src"]).ok();
}

#[test]
fn folders_come_and_go() {
    let room = tree();
    let mut watcher = Watcher::start(&room, &["src"]);
    room.write("src/one/two/c.py", "x = 'deep'\n");
    watcher.wait_for("src/one/two/c.py: 1 compiled");
    fs::rename(room.path().join("src/one"), room.path().join("src/uno")).unwrap();
    room.write("src/uno/two/c.py", "x = 'moved'\n");
    watcher.wait_for("src/uno/two/c.py: 1 compiled");
    // One of the same name is another one.
    fs::remove_dir_all(room.path().join("src/uno")).unwrap();
    room.write("src/uno/two/c.py", "x = 'again'\n");
    watcher.wait_for("src/uno/two/c.py: 1 compiled");
    room.write("src/uno/two/c.py", "x = 'and again'\n");
    watcher.wait_for("src/uno/two/c.py: 1 compiled");
}

#[test]
fn a_root_that_goes_may_come_back() {
    let room = tree();
    let mut watcher = Watcher::start(&room, &["src"]);
    fs::rename(room.path().join("src"), room.path().join("elsewhere")).unwrap();
    watcher.wait_for("error: cannot open src: No such file or directory");
    fs::rename(room.path().join("elsewhere"), room.path().join("src")).unwrap();
    watcher.wait_for("0 compiled, 2 fresh, 0 failed");
    room.write("src/a.py", "x = 'back'\n");
    watcher.wait_for("src/a.py: 1 compiled");
}

#[test]
fn ignore_files_are_respected_and_their_changes_seen() {
    let room = tree();
    room.write("src/.gitignore", "build/\n");
    room.write("src/build/gen.py", "x = 'generated'\n");
    let mut watcher = Watcher::start(&room, &["src"]);
    assert!(watcher.seen[0].starts_with("2 compiled"), "{:?}", watcher.seen);
    room.write("src/build/other.py", "x = 'generated too'\n");
    room.write("src/a.py", "x = 'seen'\n");
    // Had the other one been taken, it would be in the same line or in one before.
    watcher.wait_for("src/a.py: 1 compiled, 1 fresh, 0 failed");
    assert!(!watcher.seen.iter().any(|line| line.contains("build")), "{:?}", watcher.seen);
    fs::remove_file(room.path().join("src/.gitignore")).unwrap();
    watcher.wait_for("src/build/gen.py, src/build/other.py: 2 compiled");
}

#[test]
fn errors_are_shown_and_do_not_end_it() {
    let room = tree();
    let mut watcher = Watcher::start(&room, &["src"]);
    room.write("src/a.py", "x = (\n");
    watcher.wait_for("error[SyntaxError]: '(' was never closed");
    watcher.wait_for("0 compiled, 1 fresh, 1 failed");
    room.write("src/a.py", "x = ()\n");
    watcher.wait_for("src/a.py: 1 compiled, 1 fresh, 0 failed");
}

#[test]
fn an_interrupt_ends_it_as_it_ends_any_program() {
    let room = tree();
    // Whatever the tests were started by may ignore interrupts, which is inherited.
    let mut command = Command::new("env");
    clean(&mut command);
    command.current_dir(room.path()).env("PYC_RS_CACHE_DIR", room.cache_dir());
    command.args(["--default-signal=INT", BINARY, "compile", "--watch", "src"]);
    let mut watcher = Watcher::of(&mut command);
    watcher.wait_for("pyc-rs: watching ");
    watcher.signal(Signal::INT);
    // Shells call that 130.
    assert_eq!(watcher.child.wait().unwrap().signal(), Some(2));
    room.run(&["cache", "verify"]).ok();
}

#[test]
fn whoever_stops_reading_ends_it() {
    let room = tree();
    let mut command = room.command();
    command.args(["compile", "--watch", "--format", "json", "src"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let report: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&report["totals"]["compiled"], &report["schema"]), (&2.into(), &1.into()));
    drop(lines);
    // It may not watch yet: change until it notices.
    let mut number = 0;
    while child.try_wait().unwrap().is_none() {
        number += 1;
        room.write("src/a.py", format!("x = {number}\n"));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_can_look_by_itself() {
    let room = tree();
    let mut watcher = Watcher::start(&room, &["--poll", "src"]);
    room.write("src/a.py", "x = 'polled'\n");
    watcher.wait_for("src/a.py: 1 compiled");
    assert!(!watcher.seen.iter().any(|line| line.starts_with("warning")), "{:?}", watcher.seen);
}

#[test]
fn where_nothing_is_left_to_watch_with_it_looks_by_itself_and_says_so_once() {
    let room = tree();
    // What was written just before the first look is looked at again, and has then changed as well.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let mut command = Command::new("sh");
    clean(&mut command);
    command.current_dir(room.path()).env("PYC_RS_CACHE_DIR", room.cache_dir());
    // Too few files for a watcher, enough for everything else.
    command.args(["-c", "ulimit -n 5; exec \"$0\" compile --watch src", BINARY]);
    let mut watcher = Watcher::of(&mut command);
    watcher.wait_for("warning: cannot watch for changes: Too many open files; looking once a second instead");
    watcher.wait_for("pyc-rs: watching ");
    room.write("src/a.py", "x = 'polled'\n");
    watcher.wait_for("src/a.py: 1 compiled");
    assert_eq!(watcher.seen.iter().filter(|line| line.starts_with("warning")).count(), 1);
}

#[test]
fn what_makes_no_sense_with_it_is_refused() {
    let room = tree();
    for arguments in [
        ["--watch", "--check"].as_slice(),
        &["--watch", "--dry-run"],
        &["--watch", "--max-miss-rate", "5"],
        &["--watch", "--format", "sarif"],
        &["--watch", "--format", "github"],
        &["--poll"],
        &["--watch", "no/such"],
    ] {
        room.run(&[&["compile", "src"], arguments].concat()).status(2);
    }
}
