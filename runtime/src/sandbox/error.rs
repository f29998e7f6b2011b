//! Why there is no sandbox, or no outcome.

use std::{io, path::PathBuf};

/// A runner that cannot be built, or a run that pyc-rs itself failed at. What a
/// snippet does is an outcome and never one of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A limit that cannot be enforced.
    #[error("the limit of {what} {problem}")]
    Limit {
        /// Which one.
        what: &'static str,
        /// Why not.
        problem: String,
    },
    /// A path is granted that is not there.
    #[error("cannot grant {}: {source}", .path.display())]
    Grant {
        /// The path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A name that no variable or function can have.
    #[error("{0:?} is not a name that a snippet could use")]
    Name(String),
    /// What no variable of an environment can be.
    #[error("{0:?} is no variable of an environment: NAME or NAME=VALUE is")]
    Variable(String),
    /// Two functions of the host have this name.
    #[error("there are two functions {0:?}")]
    Twice(String),
    /// The sandbox process could not be started or spoken to.
    #[error("cannot start the sandbox: {0}")]
    Start(io::Error),
    /// The sandbox process is up, but not usable.
    #[error("the sandbox does not work: {0}")]
    Broken(String),
    /// The worker of the session has ended; its globals are gone.
    #[error("the session has ended with the run before")]
    SessionEnded,
    /// The run was stopped from outside.
    #[error("the run was stopped")]
    Stopped,
    /// There is no sandbox for this platform.
    #[error("there is no sandbox for this platform")]
    Unsupported,
}
