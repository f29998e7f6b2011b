//! What came of a run, from what its worker said and how it ended.

use std::io;

use super::{
    Limits,
    attend::{Stop, Told},
    output,
    pool::{End, Worker},
};
use crate::outcome::{Failure, Usage};

/// How Rust begins to say that there is no memory, before it aborts.
const NO_MEMORY: &str = "memory allocation of ";

/// What a run printed, cut at its limit.
pub(super) struct Printed {
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Whether there was more.
    pub(super) cut: bool,
}

impl Printed {
    /// Reads what a worker printed. With `and_forget`, the next run begins anew.
    pub(super) fn by(worker: &Worker, limit: u64, and_forget: bool) -> io::Result<Self> {
        let (stdout, output_size) = output::read(&worker.output, limit)?;
        let (stderr, errors_size) = output::read(&worker.errors, limit - stdout.len() as u64)?;
        if and_forget {
            output::clear(&worker.output)?;
            output::clear(&worker.errors)?;
        }
        let cut = output_size.saturating_add(errors_size) > limit;
        Ok(Self { stdout: text(stdout), stderr: text(stderr), cut })
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What a run came to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Verdict {
    pub(super) return_value: Option<String>,
    pub(super) value: Option<serde_json::Value>,
    pub(super) error: Option<Failure>,
    pub(super) usage: Usage,
}

impl Verdict {
    /// Of a run whose worker had the last word.
    pub(super) fn of_report(told: Told, printed: &Printed, limits: &Limits) -> Self {
        let usage = Usage { cpu_ns: told.cpu_ns, peak_memory_bytes: told.peak_memory };
        let error = match told.error.map(|json| serde_json::from_str(&json)) {
            Some(Ok(failure)) => Some(failure),
            Some(Err(_)) => Some(tampered()),
            None => None,
        };
        if printed.cut {
            let error = Some(Failure::OutputLimitExceeded { limit_bytes: limits.output });
            return Self { error, usage, ..Self::default() };
        }
        let value = told.value.and_then(|json| serde_json::from_str(&json).ok());
        Self { return_value: told.return_value, value, error, usage }
    }

    /// Of a run whose worker has ended.
    pub(super) fn of_end(stop: &Stop, end: End, printed: &mut Printed, limits: &Limits) -> Self {
        let usage = Usage { cpu_ns: end.cpu_ns, peak_memory_bytes: end.peak_memory };
        let cpu_ns = nanos(limits.cpu);
        let error = match stop {
            Stop::Wall => Some(Failure::Timeout { limit_ns: nanos(limits.wall) }),
            Stop::Cpu => Some(Failure::CpuLimitExceeded { limit_ns: cpu_ns }),
            Stop::Babble => Some(tampered()),
            _ => of_status(end, printed, limits),
        };
        Self { error, usage, ..Self::default() }
    }
}

fn of_status(end: End, printed: &mut Printed, limits: &Limits) -> Option<Failure> {
    if printed.cut {
        return Some(Failure::OutputLimitExceeded { limit_bytes: limits.output });
    }
    let memory = Failure::MemoryLimitExceeded { limit_bytes: limits.memory };
    match (end.status & 0x7f, end.status >> 8 & 0xff) {
        (0, 0) => None,
        (0, code) => Some(Failure::Exit { code }),
        (libc::SIGXCPU, _) => Some(Failure::CpuLimitExceeded { limit_ns: nanos(limits.cpu) }),
        (libc::SIGXFSZ, _) => Some(Failure::OutputLimitExceeded { limit_bytes: limits.output }),
        (libc::SIGKILL, _) if end.cpu_ns >= nanos(limits.cpu) => {
            Some(Failure::CpuLimitExceeded { limit_ns: nanos(limits.cpu) })
        }
        // Nobody kills a worker but its host, its limit of processor time, and a
        // kernel that is out of memory.
        (libc::SIGKILL, _) => Some(memory),
        (libc::SIGABRT, _) if take_last_words(&mut printed.stderr) => Some(memory),
        (signal, _) => Some(Failure::Crashed { signal }),
    }
}

/// Whether the process said that there is no memory, which is then not shown as
/// something that the snippet printed.
fn take_last_words(stderr: &mut String) -> bool {
    let Some(at) = stderr.rfind(NO_MEMORY) else { return false };
    let is_last = stderr.get(at..).is_some_and(|words| words.trim_end().lines().count() <= 2);
    if is_last {
        stderr.truncate(at);
    }
    is_last
}

fn tampered() -> Failure {
    Failure::Denied { what: "the channel to the host was tampered with".to_owned(), frames: Vec::new() }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
