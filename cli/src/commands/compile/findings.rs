//! What there is to say about files, for the formats that list it in one form.

use std::{borrow::Cow, path::Path};

use pyc_rs_runtime::batch::{Failure, FileReport, Status};

use super::json::{self, Place};

/// The rule that a file breaks which is not in the cache.
pub(super) const NOT_CACHED: &str = "NotCached";

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
}

/// Something to say about a file.
pub(super) struct Finding<'a> {
    pub(super) path: &'a Path,
    pub(super) level: Level,
    /// The name of the exception or the warning that Python has for it, or [`NOT_CACHED`].
    pub(super) rule: &'static str,
    pub(super) message: Cow<'a, str>,
    pub(super) place: Option<Place<'a>>,
}

/// Everything that there is to say about a file, the worst first.
pub(super) fn of(file: &FileReport) -> Vec<Finding<'_>> {
    let path = file.path.as_path();
    let mut findings = Vec::new();
    match &file.status {
        Status::Failed(failure) => findings.extend(json::errors(failure).into_iter().map(|error| Finding {
            path,
            level: Level::Error,
            rule: error.r#type,
            message: with_hint(error.message, failure),
            place: error.place,
        })),
        Status::Stale => {
            let why = file.reason.map_or("new", |reason| reason.as_str());
            let message = format!("not in the cache: {why}").into();
            findings.push(Finding { path, level: Level::Warning, rule: NOT_CACHED, message, place: None });
        }
        Status::Compiled { .. } | Status::Fresh => {}
    }
    findings.extend(file.warnings.iter().map(|warning| Finding {
        path,
        level: Level::Warning,
        rule: "SyntaxWarning",
        message: warning.message.as_str().into(),
        place: Some(Place::Line { line: warning.line as usize }),
    }));
    findings
}

fn with_hint<'a>(message: Cow<'a, str>, failure: &Failure) -> Cow<'a, str> {
    match failure.hint() {
        Some(hint) => format!("{message}\nhint: {hint}").into(),
        None => message,
    }
}
