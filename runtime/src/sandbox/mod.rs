//! Snippets that nobody has read: typed outcomes, limits that stop code, and an
//! operating system that keeps it in.
//!
//! Each run has a process of its own, forked ahead of time from a booted
//! interpreter, confined before it sees a byte of the snippet, and killed after it.
//! `docs/sandbox.md` says what is granted, what is not, and what the wall is.
//!
//! ```no_run
//! use pyc_rs_runtime::{Snippet, sandbox::{Runner, worker_entry}};
//!
//! worker_entry(); // First thing in main: sandboxes are this program, started again.
//! let runner = Runner::builder().build()?;
//! let outcome = runner.run(&Snippet::new("sum.py", "1 + 1"))?;
//! assert_eq!(outcome.return_value.as_deref(), Some("2"));
//! # Ok::<(), pyc_rs_runtime::sandbox::SandboxError>(())
//! ```

mod error;
mod host;
mod limits;
mod policy;
mod value;

pub use error::SandboxError;
pub use host::{HostCall, HostError, Inputs};
pub use limits::Limits;
pub use policy::{Confinement, DEFAULT_MODULES, Enforcement, Modules, Policy};
pub use value::Value;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux;
#[cfg(all(target_os = "linux", target_arch = "x86_64", feature = "tokio"))]
pub use linux::AsyncRunner;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use linux::{EarlyFork, Runner, RunnerBuilder, Session, Stopper, worker_entry};
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub(crate) use linux::{python_flags, rehearse};
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod elsewhere;
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub use elsewhere::{EarlyFork, Runner, RunnerBuilder, Session, Stopper, worker_entry};
