//! One run, without a runner.
//!
//! Where there will be no second one, nothing is made ahead: the process that is started, or
//! was ([`EarlyFork`](super::EarlyFork)), becomes the worker itself, while the snippet is
//! compiled.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use super::{
    Inputs, RunnerBuilder, SandboxError,
    attend::Line,
    builder::{Prepared, sandbox_command},
    early::{EarlyFork, Process},
    folder,
    pool::{self, Worker},
    terms::{Ran, Run},
};
use crate::{outcome::Outcome, snippet::Snippet};

impl RunnerBuilder {
    /// Runs one snippet in a process of its own, with no other process beside it. What is said
    /// of workers and of warmth has no effect.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and when pyc-rs itself fails. Whatever the snippet does is an
    /// outcome.
    pub fn run_once(self, snippet: &Snippet, inputs: &Inputs) -> Result<Outcome, SandboxError> {
        let Prepared { terms, mut setup, command, early, folder } = self.prepare()?;
        setup.only_for = Some(rustix::process::getpid().as_raw_nonzero().get());
        let fork = match early {
            Some(fork) => fork,
            None => spawn(sandbox_command(command)?)?,
        };
        let EarlyFork { mut process, control } = fork;
        pool::introduce(&control, &setup)?;
        // While it boots.
        let since = Instant::now();
        let code = terms.load(snippet);
        let loading = since.elapsed();
        folder::remove_left(folder.path());
        let code = match code {
            Ok(code) => code,
            Err(failure) => return Ok(terms.not_compiled(*failure, since)),
        };
        pool::wait_until_started(&control)?;
        let mut line = Line::new(pool::wait_for_worker(&control)?);
        let since = Instant::now().checked_sub(loading).unwrap_or(since);
        let ran =
            terms.run_on(&mut line, &Run { snippet, inputs, code: code.as_deref(), since }, false, |_: &Worker| {
                process.end().map_err(SandboxError::Start)
            });
        process.kill();
        if !setup.scratch {
            // While it dies, who could not write there.
            drop(folder);
        }
        match ran {
            Ran::Outcome(outcome) => Ok(*outcome),
            Ran::Failed(error) => Err(error),
            Ran::NotAtAll(reason) => Err(SandboxError::Broken(reason)),
        }
    }
}

fn spawn(mut command: Command) -> Result<EarlyFork, SandboxError> {
    let (ours, theirs) = pool::control_sockets().map_err(SandboxError::Start)?;
    let child = command.stdin(Stdio::from(theirs)).spawn().map_err(SandboxError::Start)?;
    let pid = i32::try_from(child.id()).map_err(|error| SandboxError::Start(std::io::Error::other(error)))?;
    Ok(EarlyFork { process: Process::new(pid), control: ours })
}
