//! What a run may use.

use std::time::Duration;

use super::SandboxError;

/// What one run may use. The defaults are safe ones; every limit is enforced, or
/// the runner is not built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time.
    pub wall: Duration,
    /// Processor time, of all threads together.
    pub cpu: Duration,
    /// Memory beyond what the interpreter itself takes, in bytes.
    pub memory: u64,
    /// Standard output and standard error together, in bytes.
    pub output: u64,
    /// Depth of Python calls; `None` leaves the interpreter's own limit of 1000.
    pub recursion: Option<u32>,
    /// Open files, besides the five that a worker needs.
    pub files: u64,
    /// Largest file that may be written where writing is granted, in bytes.
    pub file_size: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Largest `repr` or value that crosses to the host, in bytes.
    pub value: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(5),
            cpu: Duration::from_secs(5),
            memory: 256 << 20,
            output: 1 << 20,
            recursion: None,
            files: 64,
            file_size: 16 << 20,
            host_calls: 1000,
            value: 1 << 20,
        }
    }
}

/// Less memory than this does not hold an exception's traceback.
const LEAST_MEMORY: u64 = 4 << 20;

/// More output than this does not belong into memory.
const MOST_OUTPUT: u64 = 256 << 20;

/// Deeper calls than this do not fit on the stack of a worker.
const MOST_RECURSION: u32 = 100_000;

/// Values cross in one message.
const MOST_VALUE: u64 = 4 << 20;

impl Limits {
    /// Checks that every limit can be enforced.
    pub(super) fn check(&self) -> Result<(), SandboxError> {
        let refuse = |what: &'static str, problem: String| Err(SandboxError::Limit { what, problem });
        for (what, time) in [("wall time", self.wall), ("processor time", self.cpu)] {
            if time.is_zero() {
                return refuse(what, "must be more than nothing".to_owned());
            }
        }
        if self.memory < LEAST_MEMORY {
            return refuse("memory", format!("must be at least {LEAST_MEMORY} bytes"));
        }
        if self.output > MOST_OUTPUT {
            return refuse("output", format!("must be at most {MOST_OUTPUT} bytes"));
        }
        if self.value > MOST_VALUE {
            return refuse("value", format!("must be at most {MOST_VALUE} bytes"));
        }
        match self.recursion {
            Some(0) => refuse("recursion", "must be more than nothing".to_owned()),
            Some(depth) if depth > MOST_RECURSION => refuse("recursion", format!("must be at most {MOST_RECURSION}")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_cannot_be_enforced_are_refused() {
        assert!(Limits::default().check().is_ok());
        let default = Limits::default;
        for limits in [
            Limits { wall: Duration::ZERO, ..default() },
            Limits { cpu: Duration::ZERO, ..default() },
            Limits { memory: 1024, ..default() },
            Limits { output: u64::MAX, ..default() },
            Limits { value: u64::MAX, ..default() },
            Limits { recursion: Some(0), ..default() },
            Limits { recursion: Some(u32::MAX), ..default() },
        ] {
            assert!(limits.check().is_err(), "{limits:?}");
        }
    }
}
