//! Runs that are awaited.

use std::sync::Arc;

use super::{Inputs, Runner, SandboxError, Stopper};
use crate::{outcome::Outcome, snippet::Snippet};

/// A [`Runner`] for asynchronous code, with the feature `tokio`.
///
/// Each run occupies one of the runtime's threads for blocking work while it lasts;
/// host functions are called there. A future that is dropped before it is done kills
/// its run.
#[derive(Clone)]
pub struct AsyncRunner {
    runner: Arc<Runner>,
}

impl From<Runner> for AsyncRunner {
    fn from(runner: Runner) -> Self {
        Arc::new(runner).into()
    }
}

impl From<Arc<Runner>> for AsyncRunner {
    fn from(runner: Arc<Runner>) -> Self {
        Self { runner }
    }
}

impl AsyncRunner {
    /// Runs a snippet in a process that has seen no other.
    ///
    /// # Errors
    ///
    /// When pyc-rs itself fails. Whatever the snippet does is an outcome.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and when a host function panics.
    pub async fn run(&self, snippet: &Snippet) -> Result<Outcome, SandboxError> {
        self.run_with(snippet, &Inputs::default()).await
    }

    /// Runs a snippet with some variables bound.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub async fn run_with(&self, snippet: &Snippet, inputs: &Inputs) -> Result<Outcome, SandboxError> {
        let (runner, snippet, inputs) = (Arc::clone(&self.runner), snippet.clone(), inputs.clone());
        let stopper = StopOnDrop(Arc::default());
        let its = Arc::clone(&stopper.0);
        let ran = tokio::task::spawn_blocking(move || runner.run_until(&snippet, &inputs, &its)).await;
        match ran.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(result) => result,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => Err(SandboxError::Stopped),
        }
    }
}

struct StopOnDrop(Arc<Stopper>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
