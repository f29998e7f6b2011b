//! The sandbox on Linux: landlock, seccomp, and forked processes.
//!
//! A run goes through these files: [`runner`] compiles and takes a worker from the
//! [`pool`]; the [`zygote`] forked it, [`confine`] and [`filter`] shut it in; the
//! [`worker`] runs the snippet and [`runner`] tells what came of it.

mod attend;
mod confine;
mod convert;
mod filter;
mod packet;
mod pool;
mod protocol;
mod runner;
mod session;
mod sys;
mod verdict;
mod worker;
mod zygote;

use super::{
    Confinement, Enforcement, HostCall, HostError, Inputs, Limits, Policy, SandboxError, Value, host::HostFunctions,
};

pub use runner::{Runner, RunnerBuilder};
pub use session::Session;
pub use zygote::worker_entry;
