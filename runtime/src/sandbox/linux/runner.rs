//! Runs snippets, each in a process of its own.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::{
    Inputs, RunnerBuilder, SandboxError, Session, Stopper,
    attend::{Line, Stop},
    folder::Folder,
    pool::Pool,
    terms::{Ran, Run, Terms},
};
use crate::{outcome::Outcome, snippet::Snippet};

/// How often a worker that was found dead is replaced before the run is given up.
const MOST_TRIES: usize = 3;

/// Runs snippets that nobody has read, each in a fresh, confined process. May be
/// used by any number of threads.
pub struct Runner {
    // Before the folder, which goes when the processes have.
    pool: Pool,
    /// The worker that showed that confinement works.
    first: Mutex<Option<Line>>,
    _folder: Folder,
    pub(super) terms: Terms,
}

impl Runner {
    pub(super) fn start(pool: Pool, folder: Folder, terms: Terms) -> Result<Self, SandboxError> {
        let runner = Self { pool, first: Mutex::default(), _folder: folder, terms };
        runner.check()?;
        Ok(runner)
    }

    /// Starts to describe a runner: with default limits, the default policy, and no
    /// cache.
    #[must_use]
    pub fn builder() -> RunnerBuilder {
        RunnerBuilder::new()
    }

    /// Runs a snippet in a process that has seen no other.
    ///
    /// # Errors
    ///
    /// When pyc-rs itself fails. Whatever the snippet does is an outcome.
    pub fn run(&self, snippet: &Snippet) -> Result<Outcome, SandboxError> {
        self.run_with(snippet, &Inputs::default())
    }

    /// Runs a snippet with some variables bound.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_with(&self, snippet: &Snippet, inputs: &Inputs) -> Result<Outcome, SandboxError> {
        self.run_on_any(snippet, inputs, None)
    }

    /// Runs a snippet with some variables bound, unless and until it is stopped.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Stopped`] if it is; others as for [`run`](Self::run).
    pub fn run_until(&self, snippet: &Snippet, inputs: &Inputs, stopper: &Stopper) -> Result<Outcome, SandboxError> {
        self.run_on_any(snippet, inputs, Some(stopper))
    }

    fn run_on_any(
        &self,
        snippet: &Snippet,
        inputs: &Inputs,
        stopper: Option<&Stopper>,
    ) -> Result<Outcome, SandboxError> {
        let since = Instant::now();
        let code = match self.terms.load(snippet) {
            Ok(code) => code,
            Err(failure) => return Ok(self.terms.not_compiled(*failure, since)),
        };
        let run = Run { snippet, inputs, code: code.as_deref(), since };
        let mut problem = String::new();
        for _ in 0..MOST_TRIES {
            let mut line = self.take()?;
            let ran = match stopper.map_or(Ok(()), |stopper| stopper.take(&line.worker)) {
                Ok(()) => self.run_on(&mut line, &run, false),
                Err(error) => Ran::Failed(error),
            };
            self.pool.dispose(&line.worker);
            stopper.map_or(Ok(()), Stopper::let_go)?;
            match ran {
                Ran::Outcome(outcome) => return Ok(*outcome),
                Ran::Failed(error) => return Err(error),
                Ran::NotAtAll(reason) => problem = reason,
            }
        }
        Err(SandboxError::Broken(problem))
    }

    /// Starts a session: snippets that share their globals, in one process.
    ///
    /// # Errors
    ///
    /// When pyc-rs itself fails.
    pub fn session(&self) -> Result<Session<'_>, SandboxError> {
        Ok(Session::new(self, Line::new(self.pool.take(true)?)))
    }

    fn take(&self) -> Result<Line, SandboxError> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.map_or_else(|| self.pool.take(false).map(Line::new), Ok)
    }

    /// Runs a snippet on a worker; `again` if the worker is to be used again.
    pub(super) fn run_on(&self, line: &mut Line, run: &Run<'_>, again: bool) -> Ran {
        self.terms.run_on(line, run, again, |worker| self.pool.end(worker))
    }

    /// Waits until a worker is confined, or says why it cannot be.
    fn check(&self) -> Result<(), SandboxError> {
        let mut line = Line::new(self.pool.take(false)?);
        match line.wait_until_ready() {
            Ok(_) => {
                *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
                Ok(())
            }
            Err(Stop::Broken(reason)) => Err(SandboxError::Broken(reason)),
            Err(_) => Err(SandboxError::Broken("the first worker died".to_owned())),
        }
    }

    pub(super) fn end_session(&self, line: &Line) {
        self.pool.dispose(&line.worker);
    }
}
