//! What came of a run, as data.

use serde::Serialize;

use crate::code_cache::Origin;

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
}

/// Why a run ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
}

/// One frame of a traceback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The file's name.
    pub file: String,
    /// The line that was running, from 1.
    pub line: usize,
    /// The function's name.
    pub function: String,
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
            Some(Failure::SyntaxError { .. } | Failure::RuntimeError { .. }) => 1,
        }
    }
}
