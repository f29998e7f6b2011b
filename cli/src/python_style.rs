//! `pyc-rs FILE`, `pyc-rs -c CODE` and the like: as `python` is called.
//!
//! Programs start other interpreters through `sys.executable`, which is this
//! command, so what they pass to `python` must mean `run`.

use std::{ffi::OsString, path::Path};

const COMMANDS: [&str; 6] = ["compile", "run", "cache", "image", "inspect", "help"];

/// Inserts `run` when the arguments are those of `python`.
pub(crate) fn rewrite(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(is_python_style) {
        arguments.insert(1, "run".into());
    }
    arguments
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
