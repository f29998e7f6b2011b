//! The line that lets the operating system run a bundle, in front of the bundle itself.
//!
//! `#!`, a command, a newline, and zeros up to the next multiple of 64, so that the data of the
//! bundle stays aligned in the file.

use crate::bundle_format::{BundleError, DATA_ALIGN};

/// Longest line, with its newline: Linux reads so much and cuts off the rest.
const LINE_LIMIT: usize = 256;

/// The prefix that runs the bundle with `command`.
pub(crate) fn of_command(command: &str) -> Result<Vec<u8>, BundleError> {
    let bad = |what| Err(BundleError::BadPrefix { what });
    if command.trim() != command || command.is_empty() {
        return bad("no command, or blanks around it");
    }
    if command.chars().any(char::is_control) {
        return bad("control characters in the command");
    }
    let mut prefix = format!("#!{command}\n").into_bytes();
    if prefix.len() > LINE_LIMIT {
        return bad("longer than 256 bytes");
    }
    prefix.resize(prefix.len().next_multiple_of(DATA_ALIGN), 0);
    Ok(prefix)
}

/// Length of the prefix that `bytes` begin with; zero if they begin with something else than a
/// well-formed one.
pub(crate) fn len_of(bytes: &[u8]) -> usize {
    let line = bytes.get(..bytes.len().min(LINE_LIMIT)).unwrap_or_default();
    if !line.starts_with(b"#!") {
        return 0;
    }
    let Some(newline) = line.iter().position(|&byte| byte == b'\n') else { return 0 };
    let end = (newline + 1).next_multiple_of(DATA_ALIGN);
    let Some(prefix) = bytes.get(..end) else { return 0 };
    // Exactly what the writer makes, so that there is one encoding.
    let rewritten = command_of(prefix).and_then(|command| of_command(command).ok());
    if rewritten.is_some_and(|rewritten| rewritten == prefix) { end } else { 0 }
}

/// The command of a prefix.
pub(crate) fn command_of(prefix: &[u8]) -> Option<&str> {
    let line = prefix.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    str::from_utf8(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_found_again() {
        for command in ["/usr/bin/env pyc-rs", "x", &"y".repeat(253)] {
            let prefix = of_command(command).unwrap();
            assert!(prefix.len().is_multiple_of(64) && prefix.len() <= 256);
            assert_eq!(command_of(&prefix), Some(command));
            assert_eq!(len_of(&prefix), prefix.len());
            assert_eq!(len_of(&[&prefix, &b"more"[..]].concat()), prefix.len());
            assert_eq!(len_of(&prefix[1..]), 0);
        }
    }

    #[test]
    fn commands_that_would_not_come_back_are_refused() {
        for command in ["", " ", " x", "a\nb", "a\0b", &"y".repeat(254)] {
            assert!(matches!(of_command(command), Err(BundleError::BadPrefix { .. })), "{command:?}");
        }
    }

    #[test]
    fn other_beginnings_are_no_prefix() {
        let not_text = [&b"#!\xff\n"[..], &[0; 60]].concat();
        let blanks = [&b"#! x\n"[..], &[0; 59]].concat();
        for bytes in [
            &b""[..],
            &not_text,
            &blanks,
            b"#!",
            b"#!x",
            b"#!x\n",
            &[b"#!x\n", [1_u8; 60].as_slice()].concat(),
            &[b'#'; 300],
        ] {
            assert_eq!(len_of(bytes), 0, "{bytes:?}");
        }
    }
}
