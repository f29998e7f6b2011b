//! The report of `pyc-rs compile` as SARIF 2.1.0, the format that code scanning services take:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::{
    env,
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

use pyc_rs_runtime::batch::{Report, Totals};
use serde_json::{Value, json};

use super::{
    findings::{self, Finding, Level, NOT_CACHED},
    json::Place,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Every rule, with what it is about.
const RULES: [(&str, &str); 10] = [
    ("SyntaxError", "The source is not Python."),
    ("IndentationError", "The source is not indented as Python is."),
    ("TabError", "Tabs and spaces are mixed in a way that Python does not accept."),
    ("RecursionError", "The source is nested too deeply to compile."),
    ("TooLarge", "The source is larger than the compiler takes."),
    ("Internal", "The compiler failed, which is a bug."),
    ("Unreadable", "The file or folder cannot be read."),
    ("SyntaxWarning", "Python warns about the source when it compiles it."),
    (NOT_CACHED, "The compiled form of the source is not in the cache."),
    ("NotASource", "What was named is no Python source."),
];

/// Prints one log on one line.
pub(super) fn print(report: &Report, is_success: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, &log(report, is_success))?;
    writeln!(out)?;
    out.flush()
}

fn log(report: &Report, is_success: bool) -> Value {
    let Totals { files, compiled, fresh, stale, failed, bytes } = report.totals();
    let rule = |(id, text): (&str, &str)| {
        let level = if matches!(id, "SyntaxWarning" | NOT_CACHED) { "warning" } else { "error" };
        json!({"id": id, "name": id, "shortDescription": {"text": text}, "defaultConfiguration": {"level": level}})
    };
    let results: Vec<Value> = report.files.iter().flat_map(findings::of).map(|finding| result(&finding)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "pyc-rs",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": RULES.map(rule),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "exitCode": u8::from(!is_success)}],
            "properties": {
                "files": files, "compiled": compiled, "fresh": fresh, "stale": stale, "failed": failed, "bytes": bytes,
            },
            "results": results,
        }],
    })
}

fn result(finding: &Finding<'_>) -> Value {
    let id = match finding.rule {
        "NotAFile" | "NotPython" => "NotASource",
        rule => rule,
    };
    let index = RULES.iter().position(|(rule, _)| *rule == id);
    let mut physical = json!({"artifactLocation": artifact(finding.path)});
    if let Some(region) = finding.place.as_ref().map(region) {
        physical["region"] = region;
    }
    let mut result = json!({
        "ruleId": id,
        "level": match finding.level { Level::Error => "error", Level::Warning => "warning" },
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": physical}],
    });
    if let Some(index) = index {
        result["ruleIndex"] = index.into();
    }
    result
}

fn region(place: &Place<'_>) -> Value {
    match *place {
        Place::Span { line, col, end_line, end_col, text } => json!({
            "startLine": line, "startColumn": col, "endLine": end_line, "endColumn": end_col,
            "snippet": {"text": text},
        }),
        Place::Line { line } => json!({"startLine": line}),
    }
}

/// Relative paths are relative to the root of the sources, whatever that is to the reader.
fn artifact(path: &Path) -> Value {
    let uri = uri_of(path.as_os_str().as_encoded_bytes());
    if path.is_absolute() {
        json!({"uri": format!("file://{uri}")})
    } else {
        json!({"uri": uri, "uriBaseId": "%SRCROOT%"})
    }
}

/// A path as a reference of RFC 3986.
fn uri_of(path: &[u8]) -> String {
    let mut uri = String::new();
    for &byte in path.strip_prefix(b"./").unwrap_or(path) {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            // Writing to a string does not fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri_of(b"./src/a.py"), "src/a.py");
        assert_eq!(uri_of("a b/ü#?%:.py".as_bytes()), "a%20b/%C3%BC%23%3F%25%3A.py");
        assert_eq!(uri_of(b"a\xff\n"), "a%FF%0A");
        assert_eq!(artifact(Path::new("/x/a.py"))["uri"], "file:///x/a.py");
    }
}
