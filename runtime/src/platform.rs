//! What differs between operating systems.

#![allow(unsafe_code, reason = "system calls that have no safe wrapper in our dependencies")]

use std::{path::Path, time::Duration};

use crate::outcome::Usage;

/// Processor time and memory of this process so far. Zeros where the platform
/// does not tell.
#[cfg(unix)]
pub(crate) fn usage() -> Usage {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a rusage, which getrusage fills in; all zeros is a valid one.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |value: libc::timeval| {
        Duration::from_secs(value.tv_sec.unsigned_abs()) + Duration::from_micros(value.tv_usec.unsigned_abs())
    };
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    // Kilobytes on Linux, bytes on macOS.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    Usage {
        cpu_ns: u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX),
        peak_memory_bytes: usage.ru_maxrss.unsigned_abs().saturating_mul(unit),
    }
}

#[cfg(not(unix))]
pub(crate) fn usage() -> Usage {
    let _ = Duration::ZERO;
    Usage::default()
}

/// Whether the reader of standard output has gone away.
#[cfg(unix)]
pub(crate) fn stdout_is_broken() -> bool {
    let mut poll = libc::pollfd { fd: libc::STDOUT_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one pollfd, on the stack, for the length of the call, which does not wait.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    ready > 0 && poll.revents & libc::POLLERR != 0
}

#[cfg(not(unix))]
pub(crate) fn stdout_is_broken() -> bool {
    false
}

/// Lets a write that makes a file too large (`ulimit -f`) fail, as in CPython, where
/// the system's default is to end the process. For a program that *is* the process.
pub fn survive_file_size_limit() {
    #[cfg(unix)]
    // SAFETY: ignoring a signal installs no handler and touches no memory of ours.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Makes all memory come in small pages until [`begin_with_small_pages`]: what the Rust
/// runtime allocates before `main` would make the kernel clear a huge one. To be called
/// before anything allocates.
pub extern "C" fn before_any_allocation() {
    #[cfg(target_os = "linux")]
    huge_pages(false);
}

/// Lets the first memory that this process uses come in small pages, where the
/// allocator asks for huge ones: clearing those costs a short program more than it
/// ever uses of them. What a larger program uses comes in huge pages as before. For a
/// program that *is* the process, at its very start.
pub fn begin_with_small_pages() {
    #[cfg(target_os = "linux")]
    {
        const START: usize = 12 << 20;
        let probe = Box::new(0_u8);
        let here = std::ptr::from_ref(&*probe).addr() & !(HUGE_PAGE - 1);
        // SAFETY: the advice changes how memory is provided, never what is in it, and is
        // refused for addresses that are not mapped.
        unsafe {
            libc::madvise(std::ptr::without_provenance_mut(here), START, libc::MADV_NOHUGEPAGE);
        }
        huge_pages(true);
        FIRST_MEMORY.store(here, std::sync::atomic::Ordering::Relaxed);
    }
}

#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

/// Where the memory begins that [`begin_with_small_pages`] was about, until it is used.
#[cfg(target_os = "linux")]
static FIRST_MEMORY: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// Provides the memory that starting an interpreter takes, at once: four fifths of it are
/// written to, and each page would be a fault of its own.
pub(crate) fn provide_first_memory() {
    #[cfg(target_os = "linux")]
    {
        let here = FIRST_MEMORY.swap(0, std::sync::atomic::Ordering::Relaxed);
        if here != 0 {
            // SAFETY: as above; older kernels refuse this advice.
            unsafe {
                libc::madvise(std::ptr::without_provenance_mut(here), HUGE_PAGE, libc::MADV_POPULATE_WRITE);
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn huge_pages(wanted: bool) {
    const NOT_USED: libc::c_ulong = 0;
    // SAFETY: the call takes numbers, and changes how memory is provided.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, libc::c_ulong::from(!wanted), NOT_USED, NOT_USED, NOT_USED);
    }
}

/// Makes this process one that nobody waits for or is disturbed by: a session of its own,
/// no descriptors of its parent but the standard streams, and the lowest priority.
pub fn detach_in_background() {
    #[cfg(target_os = "linux")]
    // SAFETY: the calls change what the kernel keeps of this process; nothing of ours is open yet.
    unsafe {
        libc::setsid();
        libc::close_range(3, libc::c_uint::MAX, 0);
        libc::setpriority(libc::PRIO_PROCESS, 0, 19);
    }
}

/// Ends the process at once with this status: no destructors, no exit handlers.
pub(crate) fn exit_now(status: i32) -> ! {
    #[cfg(unix)]
    // SAFETY: both take any status and do not return.
    unsafe {
        libc::_exit(status)
    }
    #[cfg(not(unix))]
    std::process::exit(status)
}

/// Ends the process the way this signal does when nobody handles it, so that
/// the parent can tell; if that is not possible, with the status shells use.
pub(crate) fn die_of(signal: i32) -> ! {
    #[cfg(unix)]
    // SAFETY: resetting a signal to its default, unblocking it and raising it touch no memory of ours.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, set.as_ptr(), std::ptr::null_mut());
        libc::raise(signal);
    }
    exit_now(128 + signal)
}

/// Signal numbers that end programs here.
pub(crate) mod signal {
    /// Ctrl-C.
    #[cfg(unix)]
    pub(crate) const INTERRUPT: i32 = libc::SIGINT;
    /// A closed pipe.
    #[cfg(unix)]
    pub(crate) const PIPE: i32 = libc::SIGPIPE;
    /// Ctrl-C.
    #[cfg(not(unix))]
    pub(crate) const INTERRUPT: i32 = 2;
    /// A closed pipe.
    #[cfg(not(unix))]
    pub(crate) const PIPE: i32 = 13;
}

/// The part of a path below a folder that it is in; the whole path if it is not in it. Both are
/// free of `.` and `..`.
#[cfg(unix)]
pub(crate) fn below<'a>(path: &'a Path, folder: &Path) -> &'a Path {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    // By the bytes: `Path::strip_prefix` takes both apart, which was an eighth of the work on an
    // unchanged tree.
    let bytes = path.as_os_str().as_bytes();
    let Some(rest) = bytes.strip_prefix(folder.as_os_str().as_bytes()) else { return path };
    match rest.split_first() {
        Some((b'/', relative)) => Path::new(OsStr::from_bytes(relative)),
        // The root folder ends in the separator.
        None => Path::new(""),
        _ if folder.as_os_str().as_bytes().ends_with(b"/") => Path::new(OsStr::from_bytes(rest)),
        _ => path,
    }
}

#[cfg(not(unix))]
pub(crate) fn below<'a>(path: &'a Path, folder: &Path) -> &'a Path {
    path.strip_prefix(folder).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_folder_is_told_as_the_standard_library_does() {
        let pairs = [("/a/b.py", "/a"), ("/a/b.py", "/"), ("/a", "/a"), ("/ab/c", "/a"), ("/b/c", "/a"), ("/", "/")];
        for (path, folder) in pairs.map(|(path, folder)| (Path::new(path), Path::new(folder))) {
            let expected = path.strip_prefix(folder).unwrap_or(path);
            assert_eq!(
                below(path, folder).as_os_str(),
                expected.as_os_str(),
                "{} in {}",
                path.display(),
                folder.display()
            );
        }
    }
}
