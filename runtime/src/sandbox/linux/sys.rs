//! System calls that have no safe wrapper in our dependencies.

#![allow(unsafe_code, reason = "system calls that have no safe wrapper in our dependencies")]

use std::{
    io,
    os::{
        fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
        unix::ffi::OsStrExt as _,
    },
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

/// Gives a variable of the environment of this process, which has one thread, a value.
pub(super) fn set_variable(name: &str, value: &[u8]) {
    // SAFETY: no other thread reads the environment.
    unsafe { std::env::set_var(name, std::ffi::OsStr::from_bytes(value)) }
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

unsafe extern "C" {
    static mut environ: *mut *mut libc::c_char;
}

/// Where the kernel has put the arguments and the environment of this process.
pub(super) struct Surroundings {
    /// The arguments, a null, and the variables: all pointers to strings.
    strings: Vec<*mut libc::c_char>,
}

impl Surroundings {
    /// Finds them. `None` if they are not where they were when the process began.
    pub(super) fn find() -> Option<Self> {
        let count = std::env::args_os().len();
        // SAFETY: this process has one thread. The list of variables ends with a null, and lies
        // behind that of the arguments, as the ABI for processes has it; what stands before
        // that, their number, shows that nobody has moved the list.
        unsafe {
            let variables = environ;
            if variables.is_null() {
                return None;
            }
            let arguments = variables.sub(count + 1);
            if arguments.sub(1).read() as usize != count || !arguments.add(count).read().is_null() {
                return None;
            }
            let mut strings: Vec<_> = (0..count).map(|at| arguments.add(at).read()).collect();
            let mut at = variables;
            while !at.read().is_null() {
                strings.push(at.read());
                at = at.add(1);
            }
            Some(Self { strings })
        }
    }

    /// Overwrites them with zeros, and leaves an empty environment.
    pub(super) fn wipe(self) {
        for string in self.strings {
            // SAFETY: each is a string of this process's own, on its stack, which nobody else
            // looks at.
            unsafe { string.write_bytes(0, libc::strlen(string)) };
        }
        // SAFETY: this process has one thread.
        unsafe { libc::clearenv() };
    }
}

/// Forks this process, which has one thread. `None` in the new one.
pub(super) fn fork() -> io::Result<Option<i32>> {
    // SAFETY: no lock is held by a thread that the new process does not have.
    let pid = unsafe { libc::fork() };
    check(pid)?;
    Ok((pid != 0).then_some(pid))
}

/// Waits for the end of a child of this process: its status, its processor time, and the most memory it had, in bytes.
pub(super) fn wait_for(pid: i32) -> io::Result<(i32, Duration, u64)> {
    let mut status = 0;
    // SAFETY: all zeros is a valid value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both places are this function's own.
    while unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) } == -1 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok((status, cpu_of(&usage), peak_of(&usage)))
}

/// Processor time, the system's included.
pub(super) fn cpu_of(usage: &libc::rusage) -> Duration {
    let time = |value: libc::timeval| {
        Duration::from_secs(value.tv_sec.unsigned_abs()) + Duration::from_micros(value.tv_usec.unsigned_abs())
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// The most memory, in bytes.
pub(super) const fn peak_of(usage: &libc::rusage) -> u64 {
    usage.ru_maxrss.unsigned_abs().saturating_mul(1024)
}

fn check(result: i32) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
