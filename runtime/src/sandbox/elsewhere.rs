//! Where there is no sandbox, there is no runner: a limit that cannot be enforced is
//! an error, not a silent no.

use std::process::Command;

use super::{HostCall, HostError, Inputs, Limits, Policy, SandboxError, Value};
use crate::{code_cache::CodeCache, outcome::Outcome, snippet::Snippet};

/// Does nothing here.
pub fn worker_entry() {}

/// Cannot be built here.
pub enum Runner {}

/// Cannot be had here.
pub enum Session {}

/// Has nothing to stop here.
#[derive(Debug, Default)]
pub struct Stopper;

impl Stopper {
    /// One that nothing is to be stopped with.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// Does nothing here.
    pub fn stop(&self) {}

    /// Always false here.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        false
    }
}

/// Cannot be made here.
#[derive(Debug)]
pub enum EarlyFork {}

impl EarlyFork {
    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn new() -> std::io::Result<Self> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// Fails to build a [`Runner`].
#[derive(Default)]
pub struct RunnerBuilder;

macro_rules! ignore {
    ($($name:ident($kind:ty)),*) => {
        impl RunnerBuilder {
            $(/// Has no effect here.
            #[must_use]
            pub fn $name(self, _: $kind) -> Self {
                self
            })*
        }
    };
}

ignore!(
    cache(CodeCache),
    limits(Limits),
    policy(Policy),
    worker(Command),
    workers(usize),
    warm(bool),
    early_fork(EarlyFork)
);

impl RunnerBuilder {
    /// Has no effect here.
    #[must_use]
    pub fn host_function<F>(self, _: impl Into<String>, _: F) -> Self
    where
        F: Fn(HostCall) -> Result<Value, HostError> + Send + Sync + 'static,
    {
        self
    }

    /// Has no effect here.
    #[must_use]
    pub fn async_host_function<F>(self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(HostCall) -> Result<Value, HostError> + Send + Sync + 'static,
    {
        self.host_function(name, function)
    }

    /// Has no effect here.
    #[must_use]
    pub fn image(self, _: impl Into<std::path::PathBuf>) -> Self {
        self
    }

    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn run_once(self, _: &Snippet, _: &Inputs) -> Result<Outcome, SandboxError> {
        Err(SandboxError::Unsupported)
    }

    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn build(self) -> Result<Runner, SandboxError> {
        Err(SandboxError::Unsupported)
    }
}

impl Runner {
    /// Starts to describe a runner.
    #[must_use]
    pub fn builder() -> RunnerBuilder {
        RunnerBuilder
    }

    /// Is never called.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn run(&self, _: &Snippet) -> Result<Outcome, SandboxError> {
        match *self {}
    }

    /// Is never called.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn run_with(&self, _: &Snippet, _: &Inputs) -> Result<Outcome, SandboxError> {
        match *self {}
    }

    /// Is never called.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn run_until(&self, _: &Snippet, _: &Inputs, _: &Stopper) -> Result<Outcome, SandboxError> {
        match *self {}
    }
}
