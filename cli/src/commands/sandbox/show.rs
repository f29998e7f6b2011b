//! An outcome, for people.

use std::io::Write as _;

use pyc_rs_runtime::{Failure, Frame, Outcome, Snippet};

use super::SandboxArgs;
use crate::globals;

/// Shows an outcome the way `python` would, and what `python` has no words for as an error of ours.
pub(super) fn show(outcome: &Outcome, snippet: &Snippet, args: &SandboxArgs) -> anyhow::Result<()> {
    std::io::stdout().lock().write_all(outcome.stdout.as_bytes())?;
    let mut errors = std::io::stderr().lock();
    errors.write_all(outcome.stderr.as_bytes())?;
    let Some(failure) = &outcome.error else { return Ok(()) };
    let name = snippet.name();
    match failure {
        Failure::RuntimeError { traceback, .. } => errors.write_all(traceback.as_bytes())?,
        Failure::SyntaxError { message, line, col, end_line, end_col, text } => {
            let end = if end_line == line { *end_col } else { text.chars().count() + 1 };
            writeln!(errors, "{}SyntaxError: {message}", place(name, *line, text, *col, end))?;
        }
        Failure::Exit { .. } => {}
        other => {
            // What it called in the library is not what it did wrong.
            let frames = other.frames().iter();
            if let Some(Frame { line, col, end_line, end_col, text, .. }) =
                frames.rev().find(|frame| frame.file == name)
            {
                let end = if end_line == line { *end_col } else { text.chars().count() + 1 };
                write!(errors, "{}", place(name, *line, text, *col, end))?;
            }
            drop(errors);
            globals::error(&anyhow::anyhow!("{other}"));
            if let Some(hint) = way_out(other, args) {
                globals::hint(hint);
            }
        }
    }
    Ok(())
}

/// A place in a source as Python shows it, from one column to another.
fn place(file: &str, line: usize, text: &str, col: usize, end_col: usize) -> String {
    let shown = format!("  File \"{file}\", line {line}\n");
    if text.trim().is_empty() {
        return shown;
    }
    let indent = text.chars().take_while(|character| character.is_whitespace()).count();
    // Of a long line only the beginning is there.
    let most = text.chars().count() + 1;
    let (col, end_col) = (col.min(most), end_col.min(most));
    let before = col.saturating_sub(1).saturating_sub(indent);
    let marks = end_col.saturating_sub(col).max(1);
    let (before, marks) = (" ".repeat(before), "^".repeat(marks));
    shown + &format!("    {}\n    {before}{marks}\n", text.trim())
}

/// What whoever runs it can do about it.
fn way_out(failure: &Failure, args: &SandboxArgs) -> Option<&'static str> {
    match failure {
        Failure::ModuleNotAllowed { module_name, .. } if !args.deny_module.contains(module_name) => {
            Some("--allow-module NAME allows modules, --allow-stdlib those of the whole standard library")
        }
        Failure::Denied { .. } => {
            Some("--read PATH and --write PATH grant files and folders; nothing else can be granted")
        }
        Failure::Timeout { .. } => Some("--timeout allows more"),
        Failure::CpuLimitExceeded { .. } => Some("--cpu-time allows more"),
        Failure::MemoryLimitExceeded { .. } => Some("--max-memory allows more"),
        Failure::OutputLimitExceeded { .. } => Some("--max-output allows more"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_marked() {
        let shown = place("a.py", 3, "    x = open(1)", 9, 16);
        assert_eq!(shown, "  File \"a.py\", line 3\n    x = open(1)\n        ^^^^^^^\n");
        assert_eq!(place("a.py", 3, "x = 1", 1, 5000), "  File \"a.py\", line 3\n    x = 1\n    ^^^^^\n");
        assert_eq!(place("a.py", 3, "", 1, 1), "  File \"a.py\", line 3\n");
        assert_eq!(place("a.py", 1, "x = (1 +", 9, 9), "  File \"a.py\", line 1\n    x = (1 +\n            ^\n");
    }
}
