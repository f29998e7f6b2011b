//! System calls that have no safe wrapper in our dependencies.

#![allow(unsafe_code, reason = "system calls that have no safe wrapper in our dependencies")]

use std::{
    io,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
    time::Duration,
};

/// Which side of a fork this is.
pub(super) enum Side {
    /// The new process.
    Child,
    /// The old one, with the number of the new.
    Parent(i32),
}

/// Forks this process, which must have one thread only.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: the zygote is single-threaded, so that no lock is held by a thread that
    // does not exist in the child.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Child),
        pid => Ok(Side::Parent(pid)),
    }
}

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

/// Closes every descriptor from `first` on.
pub(super) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: the caller has no further use of any of them.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Closes every descriptor from `first` to `last`.
pub(super) fn close_from_to(first: u32, last: u32) -> io::Result<()> {
    // SAFETY: as above.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A descriptor for a child of this process.
pub(super) fn pidfd(pid: i32) -> io::Result<OwnedFd> {
    let pid = rustix::process::Pid::from_raw(pid).ok_or(io::ErrorKind::NotFound)?;
    Ok(rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())?)
}

/// Takes a variable out of the environment of this process, which has one thread.
pub(super) fn remove_variable(name: &str) {
    // SAFETY: no other thread reads the environment.
    unsafe { std::env::remove_var(name) }
}

/// Blocks SIGCHLD and returns a descriptor that is readable when one is there.
pub(super) fn child_signals() -> io::Result<OwnedFd> {
    let set = child_signal_set();
    // SAFETY: the set is initialised; the mask is changed for this thread only.
    check(unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) })?;
    // SAFETY: as above; -1 asks for a new descriptor, which nobody else owns.
    let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    check(fd)?;
    // SAFETY: it was made a line above.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Undoes the blocking, and gives every signal its default meaning.
pub(super) fn default_signals() {
    let set = child_signal_set();
    // SAFETY: the set is initialised; default dispositions run no code of ours.
    unsafe {
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        for signal in 1..libc::SIGRTMAX() {
            // Rust's own handler tells a stack overflow from other faults.
            if signal != libc::SIGSEGV && signal != libc::SIGBUS {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
}

fn child_signal_set() -> libc::sigset_t {
    // SAFETY: all zeros is a valid set, which is then emptied and filled.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGCHLD);
        set
    }
}

/// A child that has ended.
pub(super) struct Ended {
    pub(super) pid: i32,
    pub(super) status: i32,
    pub(super) cpu: Duration,
    pub(super) peak_memory: u64,
}

/// The next child that has ended, without waiting for one.
pub(super) fn reap() -> Option<Ended> {
    let mut status = 0;
    // SAFETY: all zeros is a valid rusage; wait4 fills both out parameters.
    let (pid, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(-1, &raw mut status, libc::WNOHANG, &raw mut usage), usage)
    };
    let time = |value: libc::timeval| {
        Duration::from_secs(value.tv_sec.unsigned_abs()) + Duration::from_micros(value.tv_usec.unsigned_abs())
    };
    (pid > 0).then(|| Ended {
        pid,
        status,
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        peak_memory: usage.ru_maxrss.unsigned_abs().saturating_mul(1024),
    })
}

/// Processor time that a process has used. `None` when it is gone.
pub(super) fn cpu_time(pid: i32) -> Option<Duration> {
    let mut clock = 0;
    // SAFETY: both calls fill their out parameters or fail.
    unsafe {
        if libc::clock_getcpuclockid(pid, &raw mut clock) != 0 {
            return None;
        }
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
