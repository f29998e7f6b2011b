//! The sandbox on Linux: landlock, seccomp, and forked processes.
//!
//! A run goes through these files: [`runner`] compiles and takes a worker from the
//! [`pool`]; the [`zygote`] forked it from memory that [`settle`] made cheap to fork;
//! [`confine`], [`filter`] and [`gate`] shut it in; the [`worker`] runs the snippet and [`runner`] tells what came of it.

mod attend;
#[cfg(feature = "tokio")]
mod awaited;
mod builder;
mod call_tree;
mod confine;
mod convert;
mod early;
mod filter;
mod folder;
mod gate;
mod hot;
mod once;
mod output;
mod packet;
mod pool;
mod protocol;
mod report;
mod runner;
mod session;
mod settle;
mod stopper;
mod sys;
mod terms;
mod verdict;
mod worker;
mod zygote;

use super::{
    Confinement, Enforcement, HostCall, HostError, Inputs, Limits, Policy, SandboxError, Value, host::HostFunctions,
};

#[cfg(feature = "tokio")]
pub use awaited::AsyncRunner;
pub use builder::RunnerBuilder;
pub use early::EarlyFork;
pub use runner::Runner;
pub use session::Session;
pub use stopper::Stopper;
pub(crate) use worker::{python_flags, rehearse};
pub use zygote::worker_entry;
