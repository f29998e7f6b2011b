//! System calls that have no safe wrapper in our dependencies.

#![allow(unsafe_code, reason = "system calls that have no safe wrapper in our dependencies")]

use std::{
    io,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
    time::Duration,
};

/// Makes `target` another name of `fd`, closing what had that number, and lets it
/// survive in the programs that this process becomes.
pub(super) fn duplicate_onto(fd: BorrowedFd<'_>, target: RawFd) -> io::Result<()> {
    // SAFETY: numbers only; the caller owns the descriptors 0 to 3 of a process of its own.
    check(unsafe { libc::dup2(fd.as_raw_fd(), target) })
}

/// The descriptor with this number, which the caller knows to be open and its own.
pub(super) fn take(fd: RawFd) -> OwnedFd {
    // SAFETY: only called for the socket that a worker or zygote was started with, once.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Closes every descriptor from `first` to `last`.
pub(super) fn close_from_to(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: the caller has no further use of any of them.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Takes a variable out of the environment of this process, which has one thread.
pub(super) fn remove_variable(name: &str) {
    // SAFETY: no other thread reads the environment.
    unsafe { std::env::remove_var(name) }
}

/// Gives every signal its default meaning, and blocks none.
pub(super) fn default_signals() {
    // SAFETY: the set is initialised; default dispositions run no code of ours.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
        for signal in 1..libc::SIGRTMAX() {
            // Rust's own handler tells a stack overflow from other faults.
            if signal != libc::SIGSEGV && signal != libc::SIGBUS {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
}

/// Processor time that a process has used. `None` when it is gone.
pub(super) fn cpu_time(pid: i32) -> Option<Duration> {
    // What `clock_getcpuclockid` gives, which asks whether there is such a process first.
    const OF_PROCESS: i32 = 2;
    let clock = !pid << 3 | OF_PROCESS;
    // SAFETY: the call fills its out parameter or fails.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        if libc::clock_gettime(clock, &raw mut time) != 0 {
            return None;
        }
        Some(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0)))
    }
}

/// Keeps other processes of the same user from looking into this one.
pub(super) fn forbid_tracing() {
    // SAFETY: a flag of this process.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

fn check(result: i32) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
