//! What came of a run, as data.

use serde::{Deserialize, Serialize};

use crate::{code_cache::Origin, sandbox::Confinement};

/// What came of a run. Serialises to the JSON that `docs/outcome.md` describes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Everything written to standard output.
    pub stdout: String,
    /// Everything written to standard error.
    pub stderr: String,
    /// `repr` of the last expression's value; `None` when there is no such
    /// value or it is `None`.
    pub return_value: Option<String>,
    /// The same value as JSON, when nothing is lost by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// Why the run ended, when not by coming to its end.
    pub error: Option<Failure>,
    /// Wall time of the run, in nanoseconds, loading included.
    pub duration_ns: u64,
    /// Where the main code came from.
    pub cache: Origin,
    /// What the run used.
    pub usage: Usage,
    /// What confined the run, when it was a sandboxed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Confinement>,
}

/// Why a run ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Failure {
    /// The source is not Python.
    SyntaxError {
        /// What is wrong.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        col: usize,
        /// Last line.
        end_line: usize,
        /// Column after the last character.
        end_col: usize,
        /// The source line.
        text: String,
    },
    /// An exception that nothing caught.
    RuntimeError {
        /// The exception's type.
        exception: String,
        /// `str` of the exception.
        message: String,
        /// The whole traceback, as Python prints it.
        traceback: String,
        /// The frames it went through, outermost first.
        frames: Vec<Frame>,
    },
    /// `SystemExit` with anything but success.
    Exit {
        /// The exit status.
        code: i32,
    },
    /// It took longer than it may.
    Timeout {
        /// The limit of wall time, in nanoseconds.
        limit_ns: u64,
    },
    /// It used more processor time than it may.
    CpuLimitExceeded {
        /// The limit, in nanoseconds.
        limit_ns: u64,
    },
    /// It took more memory than it may.
    MemoryLimitExceeded {
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// It wrote more than it may.
    OutputLimitExceeded {
        /// The limit of standard output and standard error together, in bytes.
        limit_bytes: u64,
    },
    /// It imported a module that its policy does not allow.
    ModuleNotAllowed {
        /// The module.
        module_name: String,
        /// The frames that the import went through, outermost first.
        #[serde(default)]
        frames: Vec<Frame>,
    },
    /// The operating system refused what its policy does not grant.
    Denied {
        /// What was refused.
        what: String,
        /// The frames that it went through, outermost first. Empty when no exception tells.
        #[serde(default)]
        frames: Vec<Frame>,
    },
    /// Its process broke down.
    Crashed {
        /// The signal that ended it.
        signal: i32,
    },
}

/// One frame of a traceback, and what was running in it.
///
/// Where the code object has no columns, it is all that is written in the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The file's name.
    pub file: String,
    /// The line that was running, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub col: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_col: usize,
    /// The function's name.
    pub function: String,
    /// The source line, at most 1,000 characters of it. Empty when its source is not known.
    pub text: String,
}

/// What a run used of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Processor time of the process during the run, in nanoseconds.
    pub cpu_ns: u64,
    /// The process's largest resident size so far, in bytes.
    pub peak_memory_bytes: u64,
}

impl Outcome {
    /// The exit status that a process with this outcome has.
    #[must_use]
    pub const fn exit_status(&self) -> i32 {
        match self.error {
            None => 0,
            Some(Failure::Exit { code }) => code,
            Some(Failure::Timeout { .. } | Failure::CpuLimitExceeded { .. }) => 124,
            Some(Failure::MemoryLimitExceeded { .. }) => 137,
            Some(Failure::Crashed { signal }) => 128 + signal,
            Some(
                Failure::SyntaxError { .. }
                | Failure::RuntimeError { .. }
                | Failure::OutputLimitExceeded { .. }
                | Failure::ModuleNotAllowed { .. }
                | Failure::Denied { .. },
            ) => 1,
        }
    }
}

impl Failure {
    /// The frames that it went through, outermost first. Empty for what is no exception.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        match self {
            Self::RuntimeError { frames, .. } | Self::ModuleNotAllowed { frames, .. } | Self::Denied { frames, .. } => {
                frames
            }
            _ => &[],
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = |nanos: &u64| std::time::Duration::from_nanos(*nanos);
        match self {
            Self::SyntaxError { message, line, .. } => write!(f, "line {line}: {message}"),
            Self::RuntimeError { exception, message, .. } => write!(f, "{exception}: {message}"),
            Self::Exit { code } => write!(f, "it exited with status {code}"),
            Self::Timeout { limit_ns } => write!(f, "it took longer than {:?}", seconds(limit_ns)),
            Self::CpuLimitExceeded { limit_ns } => {
                write!(f, "it used more processor time than {:?}", seconds(limit_ns))
            }
            Self::MemoryLimitExceeded { limit_bytes } => write!(f, "it took more memory than {limit_bytes} bytes"),
            Self::OutputLimitExceeded { limit_bytes } => write!(f, "it printed more than {limit_bytes} bytes"),
            Self::ModuleNotAllowed { module_name, .. } => write!(f, "it may not import {module_name}"),
            Self::Denied { what, .. } => write!(f, "denied: {what}"),
            Self::Crashed { signal } => write!(f, "its process was ended by signal {signal}"),
        }
    }
}
