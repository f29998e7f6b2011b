//! Stopping a run from outside.

use std::{
    os::fd::OwnedFd,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{SandboxError, pool::Worker};

/// Stops a run from another thread: its process is killed.
#[derive(Debug, Default)]
pub struct Stopper {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    process: Option<OwnedFd>,
}

impl Stopper {
    /// One that nothing is to be stopped with yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops what runs until this, now and from now on.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        if let Some(process) = state.process.take() {
            // One that has ended already is stopped.
            let _ = rustix::process::pidfd_send_signal(process, rustix::process::Signal::KILL);
        }
    }

    /// Whether [`stop`](Self::stop) was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This worker is what is to be stopped. An error if the run has been stopped before.
    pub(super) fn take(&self, worker: &Worker) -> Result<(), SandboxError> {
        let mut state = self.lock();
        if state.stopped {
            return Err(SandboxError::Stopped);
        }
        state.process = Some(worker.process.try_clone().map_err(SandboxError::Start)?);
        Ok(())
    }

    /// The worker is not used any more. An error if the run was stopped.
    pub(super) fn let_go(&self) -> Result<(), SandboxError> {
        let mut state = self.lock();
        state.process = None;
        if state.stopped { Err(SandboxError::Stopped) } else { Ok(()) }
    }
}
