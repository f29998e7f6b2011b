//! What a worker tells of a run that came to an end.

use rustpython_vm::{AsObject as _, PyResult, VirtualMachine, builtins::PyBaseExceptionRef};

use super::{
    convert,
    protocol::{Report, Request, Setup},
    worker::Inside,
};
use crate::{
    failure::{failure, frames},
    outcome::Failure,
    snippet,
};

/// Deepest traceback that is reported frame by frame.
const MOST_FRAMES: usize = 200;

/// Most bytes that are said of what was denied.
const MOST_OF_DENIED: usize = 4096;

/// A report that owns its text.
#[derive(Default)]
pub(super) struct OwnedReport {
    return_value: Option<String>,
    value: Option<String>,
    error: Option<String>,
    pub(super) cpu_ns: u64,
    pub(super) peak_memory: u64,
}

impl OwnedReport {
    pub(super) fn borrowed(&self) -> Report<'_> {
        Report {
            return_value: self.return_value.as_deref(),
            value: self.value.as_deref(),
            error: self.error.as_deref(),
            cpu_ns: self.cpu_ns,
            peak_memory: self.peak_memory,
        }
    }

    /// What came of a snippet that could not be run.
    pub(super) fn of_failure(failure: &Failure) -> Self {
        Self { error: serde_json::to_string(failure).ok(), ..Self::default() }
    }

    /// What came of a run.
    pub(super) fn of(
        inside: &Inside,
        vm: &VirtualMachine,
        setup: &Setup,
        request: &Request<'_>,
        result: PyResult,
    ) -> Self {
        let limit = usize::try_from(setup.value).unwrap_or(usize::MAX);
        let value = match result {
            Ok(value) if vm.is_none(&value) => return Self::default(),
            Ok(value) => value.repr(vm).map(|repr| (value, repr)),
            Err(error) => Err(error),
        };
        match value {
            Ok((value, repr)) => {
                let json = snippet::as_json(vm, &value, 0).and_then(|json| serde_json::to_string(&json).ok());
                Self {
                    return_value: Some(shortened(&repr.to_string_lossy(), limit)),
                    value: json.filter(|json| json.len() <= limit),
                    ..Self::default()
                }
            }
            Err(error) => {
                inside.show_source(vm, request);
                failure_of(inside, vm, setup, &error).map_or_else(Self::default, |failure| Self::of_failure(&failure))
            }
        }
    }
}

/// The failure that an exception is, by the limits of the run.
fn failure_of(inside: &Inside, vm: &VirtualMachine, setup: &Setup, error: &PyBaseExceptionRef) -> Option<Failure> {
    let errno = convert::errno(vm, error.as_object());
    if error.fast_isinstance(vm.ctx.exceptions.memory_error) || errno == Some(libc::ENOMEM) {
        return Some(Failure::MemoryLimitExceeded { limit_bytes: setup.memory });
    }
    inside.leave_ours_out(vm, error);
    let kind = error.class().name().to_string();
    if kind == "ModuleNotAllowed" {
        let name = error.as_object().get_attr("name", vm).and_then(|name| name.str(vm));
        let module_name = name.map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned());
        return Some(Failure::ModuleNotAllowed { module_name, frames: frames(vm, error, MOST_FRAMES) });
    }
    if matches!(errno, Some(libc::EPERM | libc::EACCES)) {
        let text = error.as_object().str(vm);
        let what = text.map_or_else(|_| kind, |text| text.to_string_lossy().into_owned());
        let what = shortened(&what, MOST_OF_DENIED);
        return Some(Failure::Denied { what, frames: frames(vm, error, MOST_FRAMES) });
    }
    let limit = usize::try_from(setup.value).unwrap_or(usize::MAX) / 4;
    match failure(vm, error)? {
        Failure::RuntimeError { exception, message, traceback, mut frames } => {
            frames.truncate(MOST_FRAMES);
            Some(Failure::RuntimeError {
                exception,
                message: shortened(&message, limit),
                traceback: shortened(&traceback, limit),
                frames,
            })
        }
        other => Some(other),
    }
}

/// At most `limit` bytes of a text, and a mark where it was cut.
fn shortened(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit);
    format!("{}... ({} bytes more)", text.get(..end).unwrap_or_default(), text.len() - end)
}
