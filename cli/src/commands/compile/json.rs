//! The report of `pyc-rs compile` for programs, as docs/compile-json.md describes it.

use std::{
    borrow::Cow,
    io::{self, Write as _},
    path::Path,
};

use pyc_rs_runtime::{
    batch::{Action, Failure, FileReport, Reason, Report, Request, Status, Totals},
    cache::Store,
    compiler::{CompileError, Diagnostic, engine},
};
use serde::Serialize;

use crate::commands::cache::mode_name;

/// Version of the object. It grows when a field changes its meaning or goes away,
/// not when one is added.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    action: &'static str,
    engine: &'static str,
    optimize: u8,
    store: StoreState,
    totals: Totals,
    duration_ns: u128,
    files: Vec<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct StoreState {
    dir: Option<String>,
    mode: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct File<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    status: &'static str,
    reason: Option<Reason>,
    key: Option<String>,
    bytes: Option<u64>,
    warnings: Vec<Warning<'a>>,
    errors: Vec<Error<'a>>,
    hint: Option<&'static str>,
}

#[derive(Serialize)]
struct Warning<'a> {
    r#type: &'static str,
    message: &'a str,
    line: u32,
}

#[derive(Serialize)]
pub(super) struct Error<'a> {
    pub(super) r#type: &'static str,
    pub(super) message: Cow<'a, str>,
    #[serde(flatten)]
    pub(super) place: Option<Place<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Place<'a> {
    Span { line: usize, col: usize, end_line: usize, end_col: usize, text: &'a str },
    Line { line: usize },
}

/// Prints one object on one line.
pub(super) fn print(
    request: &Request,
    store: &Store,
    report: &Report,
    bundle: Option<serde_json::Value>,
) -> io::Result<()> {
    let mode = store.effective_mode();
    let output = Output {
        schema: SCHEMA,
        action: match request.action {
            Action::Compile => "compile",
            Action::Check => "check",
            Action::DryRun => "dry-run",
        },
        engine: engine::FINGERPRINT,
        optimize: request.options.optimize.level(),
        store: StoreState {
            dir: store.root().map(|root| root.to_string_lossy().into_owned()),
            mode: mode_name(&mode),
            reason: mode.reason,
        },
        totals: report.totals(),
        duration_ns: report.elapsed.as_nanos(),
        files: report.files.iter().map(file).collect(),
        bundle,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, &output)?;
    writeln!(out)?;
    out.flush()
}

fn file(file: &FileReport) -> File<'_> {
    let failure = match &file.status {
        Status::Failed(failure) => Some(failure),
        _ => None,
    };
    File {
        path: file.path.to_string_lossy(),
        path_bytes: bytes_unless_utf8(&file.path),
        status: match file.status {
            Status::Compiled { .. } => "compiled",
            Status::Fresh => "fresh",
            Status::Stale => "stale",
            Status::Failed(_) => "failed",
        },
        reason: file.reason,
        key: file.key.map(|key| key.to_string()),
        bytes: match file.status {
            Status::Compiled { bytes } => Some(bytes),
            _ => None,
        },
        warnings: file
            .warnings
            .iter()
            .map(|warning| Warning { r#type: "SyntaxWarning", message: &warning.message, line: warning.line })
            .collect(),
        errors: failure.map(errors).unwrap_or_default(),
        hint: failure.and_then(Failure::hint),
    }
}

/// The exact path, as hexadecimal digits, where JSON cannot hold it.
fn bytes_unless_utf8(path: &Path) -> Option<String> {
    let is_lossy = path.to_str().is_none();
    is_lossy.then(|| hex(path.as_os_str().as_encoded_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

pub(super) fn errors(failure: &Failure) -> Vec<Error<'_>> {
    match failure {
        Failure::Compile { error, .. } => match &**error {
            CompileError::Source(faults) => faults.diagnostics().iter().map(source_error).collect(),
            other => vec![compile_error(other)],
        },
        other => vec![Error { r#type: failure_type(other), message: other.to_string().into(), place: None }],
    }
}

fn failure_type(failure: &Failure) -> &'static str {
    match failure {
        Failure::NotAFile => "NotAFile",
        Failure::NotPython => "NotPython",
        _ => "Unreadable",
    }
}

fn source_error(fault: &Diagnostic) -> Error<'_> {
    Error {
        r#type: fault.kind.exception(),
        message: fault.message.as_str().into(),
        place: Some(Place::Span {
            line: fault.span.line,
            col: fault.span.column,
            end_line: fault.span.end_line,
            end_col: fault.span.end_column,
            text: &fault.text,
        }),
    }
}

/// An error that is not about a stretch of the source.
fn compile_error(error: &CompileError) -> Error<'_> {
    let (r#type, place) = match error {
        CompileError::Decode(error) => ("SyntaxError", Some(Place::Line { line: error.line() })),
        CompileError::TooDeep { .. } => ("RecursionError", None),
        CompileError::TooLarge { .. } => ("TooLarge", None),
        CompileError::Source(_) | CompileError::Internal { .. } => ("Internal", None),
    };
    Error { r#type, message: error.to_string().into(), place }
}
