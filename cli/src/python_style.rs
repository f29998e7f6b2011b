//! `pyc-rs FILE`, `pyc-rs -c CODE` and the like: as `python` is called.
//!
//! Programs start other interpreters through `sys.executable`, which is this
//! command, so what they pass to `python` must mean `run`.

use std::{ffi::OsString, path::Path};

const COMMANDS: [&str; 8] = ["compile", "run", "bundle", "cache", "config", "image", "inspect", "help"];

/// Inserts `run` when the arguments are those of `python`, and takes the values off
/// switches that they are attached to.
pub(crate) fn rewrite(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(is_python_style) {
        arguments.insert(1, "run".into());
    }
    if arguments.get(1).is_some_and(|command| command == "run") {
        mark_the_program(&mut arguments);
    }
    arguments
}

/// Options of `run` that stand alone; all other long ones are followed by a value.
const FLAGS: [&str; 8] =
    ["--allow-stdlib", "--help", "--no-cache", "--no-image", "--sandbox", "--scratch", "--threads", "--verbose"];

/// Goes through the options before the program. `-Werror` becomes two arguments, as
/// `-W error` is, which the parser would take for the program; and what follows
/// `-c CODE` or `-m MODULE` is marked as the program's own, whatever it looks like.
fn mark_the_program(arguments: &mut Vec<OsString>) {
    let mut at = 2;
    while let Some(argument) = arguments.get(at).and_then(|argument| argument.to_str()) {
        match argument {
            "-c" | "-m" => {
                if at + 2 < arguments.len() {
                    arguments.insert(at + 2, "--".into());
                }
                return;
            }
            "-" | "--" => return,
            "-W" | "-X" => at += 2,
            _ if argument.starts_with("--") => {
                at += if argument.contains('=') || FLAGS.contains(&argument) { 1 } else { 2 };
            }
            _ if argument.starts_with("-W") || argument.starts_with("-X") => {
                let (switch, value) = (argument[..2].into(), argument[2..].into());
                arguments.splice(at..=at, [switch, value]);
                at += 2;
            }
            _ if argument.starts_with('-') => at += 1,
            _ => return,
        }
    }
}

fn is_python_style(first: &OsString) -> bool {
    let Some(text) = first.to_str() else { return Path::new(first).is_file() };
    if COMMANDS.contains(&text) {
        return false;
    }
    if text == "-" {
        return true;
    }
    match text.strip_prefix('-') {
        Some(flags) => flags.starts_with(|flag| "cmIEsSPuOWXBbdq".contains(flag)),
        None => Path::new(text).exists(),
    }
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    fn rewritten(arguments: &[&str]) -> bool {
        rewrite(arguments.iter().map(Into::into).collect()).get(1).is_some_and(|first| first == "run")
    }

    #[test]
    fn arguments_of_python_mean_run() {
        for arguments in [
            &["pyc-rs", "-c", "1"][..],
            &["pyc-rs", "-m", "json"],
            &["pyc-rs", "-"],
            &["pyc-rs", "-Icode"],
            &["pyc-rs", "Cargo.toml"],
        ] {
            assert!(rewritten(arguments), "{arguments:?}");
        }
    }

    #[test]
    fn values_are_taken_off_their_switches_but_not_in_the_arguments_of_a_program() {
        let rewritten = |arguments: &[&str]| rewrite(arguments.iter().map(Into::into).collect());
        assert_eq!(
            rewritten(&["p", "run", "-Werror", "-Xa=b", "x.py"]),
            ["p", "run", "-W", "error", "-X", "a=b", "x.py"]
        );
        assert_eq!(rewritten(&["p", "-W", "-Wx", "-c", "-Wy"]), ["p", "run", "-W", "-Wx", "-c", "-Wy"]);
        assert_eq!(rewritten(&["p", "run", "-v", "x.py", "-Wz"]), ["p", "run", "-v", "x.py", "-Wz"]);
        assert_eq!(rewritten(&["p", "-m", "mod", "--help"]), ["p", "run", "-m", "mod", "--", "--help"]);
        assert_eq!(
            rewritten(&["p", "run", "--no-cache", "--format", "json", "-c", "1", "--", "-v"]),
            ["p", "run", "--no-cache", "--format", "json", "-c", "1", "--", "--", "-v"]
        );
    }

    #[test]
    fn our_own_arguments_stay() {
        for arguments in [
            &["pyc-rs"][..],
            &["pyc-rs", "compile", "x"],
            &["pyc-rs", "--version"],
            &["pyc-rs", "-h"],
            &["pyc-rs", "-V"],
            &["pyc-rs", "no-such"],
        ] {
            assert!(!rewritten(arguments), "{arguments:?}");
        }
    }
}
