//! A process for a sandbox that is there before it is known what for.
//!
//! To start this program again takes a millisecond, most of which goes into what this process
//! has just done: loading it. A copy of this process has that behind it. It must be made while
//! nothing is in it yet that a sandbox must not see; what the system itself has put there, the
//! arguments and the environment, is overwritten.

use std::{
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::fs::MetadataExt as _,
    },
};

use super::{
    pool::{self, End},
    sys, zygote,
};

/// A process that waits to become the sandbox of one run. Without one it ends with this value.
#[derive(Debug)]
pub struct EarlyFork {
    pub(super) process: Process,
    pub(super) control: OwnedFd,
}

impl EarlyFork {
    /// Makes a copy of this process, with nothing of its arguments and its environment.
    ///
    /// For programs whose `main` begins with it: whatever the process has read or made by then,
    /// the sandbox has too. Images need it to be the main thread of a program that has not started
    /// an interpreter.
    ///
    /// # Errors
    ///
    /// When there cannot be another process, when this one has more than one thread, or when its
    /// environment has been changed.
    pub fn new() -> io::Result<Self> {
        // A folder has two links, and one for each folder in it: here one for each thread.
        let threads = std::fs::metadata("/proc/self/task")?.nlink().saturating_sub(2);
        if threads != 1 {
            return Err(io::Error::other(format!("this process has {threads} threads")));
        }
        let moved = || io::Error::other("the environment of this process is not what it began with");
        let surroundings = sys::Surroundings::find().ok_or_else(moved)?;
        let (ours, theirs) = pool::control_sockets()?;
        if let Some(pid) = sys::fork()? {
            return Ok(Self { process: Process::new(pid), control: ours });
        }
        surroundings.wipe();
        drop(ours);
        zygote::serve_and_exit(theirs.as_fd())
    }
}

/// A child of this process, which is killed with this value.
#[derive(Debug)]
pub(super) struct Process {
    pid: Option<i32>,
}

impl Process {
    pub(super) const fn new(pid: i32) -> Self {
        Self { pid: Some(pid) }
    }

    /// Kills it, if it has not ended yet.
    pub(super) fn kill(&self) {
        if let Some(pid) = self.pid.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }

    /// Kills it, if it has not ended yet, and waits for its end.
    pub(super) fn end(&mut self) -> io::Result<End> {
        self.kill();
        let pid = self.pid.take().ok_or(io::ErrorKind::NotFound)?;
        let (status, cpu, peak_memory) = sys::wait_for(pid)?;
        let cpu_ns = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        Ok(End { status, cpu_ns, peak_memory })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.end();
    }
}
