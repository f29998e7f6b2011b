//! The report of `pyc-rs compile` as commands to GitHub's workflow runner, which shows them at
//! the lines that they are about.
//!
//! The syntax is that of "Workflow commands for GitHub Actions":
//! `::error file=…,line=…,col=…,title=…::message`, with `%`, line ends and, in properties, `:`
//! and `,` as percent codes.

use std::{
    env,
    fmt::Write as _,
    io::{self, Write},
    path::{self, Path, PathBuf},
};

use pyc_rs_runtime::batch::{Report, Shown};

use super::{
    Args,
    findings::{self, Finding, Level, NOT_CACHED},
    json::Place,
    text,
};

/// GitHub shows no more warnings of one step.
const MOST_UNCACHED: usize = 10;

pub(super) fn print(args: &Args, report: &Report, complaint: Option<&str>) -> io::Result<()> {
    // For people who read the log.
    text::diagnose(args, report, &mut io::BufWriter::new(anstream::stderr().lock()))?;
    let workspace = env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut uncached = 0usize;
    for finding in report.files.iter().flat_map(findings::of) {
        let is_uncached = finding.rule == NOT_CACHED;
        uncached += usize::from(is_uncached);
        if !is_uncached || (uncached <= MOST_UNCACHED && !args.quiet) {
            writeln!(out, "{}", annotation(&finding, workspace.as_deref()))?;
        }
    }
    if let Some(complaint) = complaint {
        writeln!(out, "{}", command("error", &[("title", "pyc-rs".to_owned())], complaint))?;
    }
    if !args.quiet {
        let summary =
            if report.files.is_empty() { "no Python files found".to_owned() } else { text::summary(args, report) };
        writeln!(out, "{}", command("notice", &[("title", "pyc-rs".to_owned())], &summary))?;
    }
    out.flush()
}

fn annotation(finding: &Finding<'_>, workspace: Option<&Path>) -> String {
    let mut properties = vec![("file", shown(finding.path, workspace))];
    match finding.place {
        Some(Place::Span { line, col, end_line, end_col, .. }) => properties.extend([
            ("line", line.to_string()),
            ("col", col.to_string()),
            ("endLine", end_line.to_string()),
            ("endColumn", end_col.to_string()),
        ]),
        Some(Place::Line { line }) => properties.push(("line", line.to_string())),
        None => {}
    }
    properties.push(("title", finding.rule.to_owned()));
    let name = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    command(name, &properties, &finding.message)
}

/// Annotations are found by the path within the repository, wherever a step was started.
fn shown(path: &Path, workspace: Option<&Path>) -> String {
    let within = workspace.and_then(|workspace| {
        let absolute = path::absolute(path).ok()?;
        Some(absolute.strip_prefix(workspace).ok()?.to_owned())
    });
    Shown(within.as_deref().unwrap_or(path)).to_string()
}

fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let mut text = format!("::{name} ");
    for (index, (key, value)) in properties.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}{key}={}", escaped(value, true));
    }
    text + "::" + &escaped(message, false)
}

fn escaped(text: &str, is_property: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            ':' if is_property => escaped.push_str("%3A"),
            ',' if is_property => escaped.push_str("%2C"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_command_or_begins_another() {
        let properties = [("file", "a,b:c%.py".to_owned()), ("title", "x\r\n::error ::y".to_owned())];
        assert_eq!(
            command("error", &properties, "100%: a,b\n::set-output name=x::1"),
            "::error file=a%2Cb%3Ac%25.py,title=x%0D%0A%3A%3Aerror %3A%3Ay::100%25: a,b%0A::set-output name=x::1"
        );
    }

    #[test]
    fn paths_are_those_within_the_repository() {
        let here = env::current_dir().unwrap();
        assert_eq!(shown(Path::new("a.py"), None), "a.py");
        assert_eq!(shown(Path::new("a.py"), here.parent()), format!("{}/a.py", here.file_name().unwrap().display()));
        assert_eq!(shown(Path::new("a.py"), Some(Path::new("/elsewhere"))), "a.py");
    }
}
