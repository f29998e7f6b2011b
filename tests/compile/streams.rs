//! Pipes, terminals and colours.

use std::{
    fs::File,
    io::Read as _,
    process::{Command, Stdio},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::{Ran, Room};

const ESCAPE: char = '\u{1b}';

fn broken_tree() -> Room {
    let room = Room::new();
    for number in 0..500 {
        room.write(format!("{number:03}.py"), format!("x = {number}\n"));
    }
    room.write("bad.py", "x = (\n");
    room
}

fn compile(room: &Room, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = room.command();
    command.arg("compile").args(arguments).stdin(Stdio::null()).envs(environment.iter().copied());
    command
}

#[test]
fn a_closed_pipe_is_quiet_and_leaves_the_status_alone() {
    let room = broken_tree();
    for (arguments, status) in [
        (&["-v", "."][..], 1),
        (&["--explain", "--on-error", "warn", "."], 0),
        (&["--format", "json", "."], 1),
        (&["--check", "--no-ignore", "."], 1),
    ] {
        let mut child = compile(&room, arguments, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(status), "{arguments:?}: {stderr}");
        for word in ["panic", "pipe", "Broken"] {
            assert!(!stderr.contains(word), "{arguments:?}: {stderr}");
        }
    }
    // The same with standard error.
    let mut child = compile(&room, &["."], &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_pipe_gets_neither_colours_nor_a_progress_bar() {
    let room = broken_tree();
    let ran = Ran::from(compile(&room, &["-v", "."], &[]).output().unwrap()).status(1);
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains([ESCAPE, '\r']), "{text:?}");
    }
}

#[test]
fn colours_can_be_forced_and_forbidden() {
    let room = broken_tree();
    let with = |environment| Ran::from(compile(&room, &["."], environment).output().unwrap()).stderr;
    assert!(with(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[1m"));
    assert!(!with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains(ESCAPE));
    let plain = |text: &str| text.replace(ESCAPE, "");
    assert!(plain(&with(&[("CLICOLOR_FORCE", "1")])).contains("error[SyntaxError]"));
}

/// What a command writes to a terminal.
fn on_a_terminal(mut command: Command) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = || File::options().read(true).write(true).open(&name).unwrap();
    let mut child = command.stdout(terminal()).stderr(terminal()).spawn().unwrap();
    // The child alone holds the other end now, so that its end is the end.
    drop(command);
    let (mut master, mut written) = (File::from(master), Vec::new());
    // Linux says EIO where the terminal is closed.
    let _ = master.read_to_end(&mut written);
    child.wait().unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn a_terminal_gets_colours_unless_it_is_a_dumb_one() {
    let room = broken_tree();
    let with = |environment| on_a_terminal(compile(&room, &["."], environment));
    assert!(with(&[("TERM", "xterm")]).contains("\u{1b}["));
    for environment in [&[("TERM", "dumb")][..], &[("TERM", "xterm"), ("NO_COLOR", "1")]] {
        let written = with(environment);
        assert!(written.contains("error[SyntaxError]") && !written.contains(ESCAPE), "{written:?}");
    }
}

#[test]
fn a_terminal_gets_a_progress_bar_when_it_takes_long() {
    let room = Room::new();
    // On the machine that this takes less than half a second on, there are more of them.
    let chain = vec!["1"; 1_500_000].join("+");
    for number in 0..4 {
        room.write(format!("{number}.py"), format!("x = {number}+{chain}\n"));
    }
    let written = on_a_terminal(compile(&room, &["-j1", "."], &[("TERM", "xterm")]));
    assert!(written.contains("/4 files"), "{}", &written[..written.len().min(2000)]);
    let quiet = on_a_terminal(compile(&room, &["-j1", "-q", "."], &[("TERM", "xterm")]));
    assert!(!quiet.contains("/4 files"));
}
