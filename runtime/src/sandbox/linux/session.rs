//! Several snippets that share their globals.

use std::time::Instant;

use super::{
    Inputs, SandboxError,
    attend::Line,
    runner::Runner,
    terms::{Ran, Run},
};
use crate::{outcome::Outcome, snippet::Snippet};

/// Several snippets that share their globals, one after another in one process. The
/// limits hold for each run; memory is that of all of them. A run that is killed
/// ends the session.
pub struct Session<'runner> {
    runner: &'runner Runner,
    line: Option<Line>,
}

impl<'runner> Session<'runner> {
    pub(super) const fn new(runner: &'runner Runner, line: Line) -> Self {
        Self { runner, line: Some(line) }
    }

    /// Runs the next snippet.
    ///
    /// # Errors
    ///
    /// [`SandboxError::SessionEnded`] after a run that was killed; others when pyc-rs
    /// itself fails.
    pub fn run(&mut self, snippet: &Snippet) -> Result<Outcome, SandboxError> {
        self.run_with(snippet, &Inputs::default())
    }

    /// Runs the next snippet with some variables bound.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_with(&mut self, snippet: &Snippet, inputs: &Inputs) -> Result<Outcome, SandboxError> {
        let since = Instant::now();
        let Some(mut line) = self.line.take() else { return Err(SandboxError::SessionEnded) };
        let code = match self.runner.terms.load(snippet) {
            Ok(code) => code,
            Err(failure) => {
                self.line = Some(line);
                return Ok(self.runner.terms.not_compiled(*failure, since));
            }
        };
        let ran = self.runner.run_on(&mut line, &Run { snippet, inputs, code: code.as_deref(), since }, true);
        if line.is_alive() {
            self.line = Some(line);
        } else {
            self.runner.end_session(&line);
        }
        match ran {
            Ran::Outcome(outcome) => Ok(*outcome),
            Ran::NotAtAll(reason) => Err(SandboxError::Broken(reason)),
            Ran::Failed(error) => Err(error),
        }
    }

    /// Whether another snippet can be run.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.line.is_some()
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            self.runner.end_session(&line);
        }
    }
}
