//! The one place from which a zygote may still make calls that its workers may not.
//!
//! All processes of a sandbox have one filter of system calls, which the zygote puts in
//! force once: to compile it costs the kernel as much as a whole run. What only the
//! zygote needs, and a worker until it is set up, the filter lets through from one
//! address. A worker unmaps the page with that address before it looks at a snippet, and
//! since nothing can be made executable any more, nothing can ever be called from there
//! again.

#![allow(unsafe_code, reason = "a piece of machine code, and the calls made through it")]

use std::{
    io, mem,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
    ptr,
    time::Duration,
};

use libc::{c_int, c_long};

use super::{output::HEAD, sys};

/// What the C library's `syscall` does: the number and six arguments to their registers.
const CODE: [u8; 30] = [
    0xf3, 0x0f, 0x1e, 0xfa, // endbr64
    0x48, 0x89, 0xf8, // mov rax, rdi
    0x48, 0x89, 0xf7, // mov rdi, rsi
    0x48, 0x89, 0xd6, // mov rsi, rdx
    0x48, 0x89, 0xca, // mov rdx, rcx
    0x4d, 0x89, 0xc2, // mov r10, r8
    0x4d, 0x89, 0xc8, // mov r8, r9
    0x4c, 0x8b, 0x4c, 0x24, 0x08, // mov r9, [rsp + 8]
    0x0f, 0x05, // syscall
    0xc3, // ret
];

/// Where the processor is, in there, when the kernel looks: behind the `syscall`.
const AFTER_THE_CALL: usize = CODE.len() - 1;

const PAGE: usize = 4096;

/// What standard input is.
pub(super) const NOTHING: &std::ffi::CStr = c"/dev/null";
const OPEN_NOTHING: usize = usize_of(libc::O_RDONLY | libc::O_CLOEXEC);

/// The most descriptors in one packet.
const MOST_DESCRIPTORS: usize = 4;

type Code = unsafe extern "sysv64" fn(c_long, usize, usize, usize, usize, usize, usize) -> isize;

/// Which side of a fork this is.
pub(super) enum Side {
    /// The new process.
    Child,
    /// The old one, with the number of the new.
    Parent(i32),
}

/// A child that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: i32,
    pub(super) cpu: Duration,
    pub(super) peak_memory: u64,
}

/// A page with a system call in it.
pub(super) struct Gate {
    page: *mut libc::c_void,
}

impl Gate {
    /// Makes the page, which only works before the filter is in force.
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: a new mapping of this process's own, at a place that the kernel chooses;
        // the code fits into it, and is read-only before it is run.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let page = libc::mmap(ptr::null_mut(), PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if page == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            ptr::copy_nonoverlapping(CODE.as_ptr(), page.cast(), CODE.len());
            if libc::mprotect(page, PAGE, libc::PROT_READ | libc::PROT_EXEC) == -1 {
                let error = io::Error::last_os_error();
                libc::munmap(page, PAGE);
                return Err(error);
            }
            Ok(Self { page })
        }
    }

    /// The address that the kernel takes calls from here to come from.
    pub(super) fn address(&self) -> u64 {
        (self.page.addr() + AFTER_THE_CALL) as u64
    }

    /// Closes the gate, for this process and for good.
    pub(super) fn close(&self) -> io::Result<()> {
        // SAFETY: it is this value's own page, and a worker makes no call through it from here on:
        // one would be a fault, which ends it.
        check(unsafe { libc::munmap(self.page, PAGE) })
    }

    /// Makes a system call.
    ///
    /// # Safety
    ///
    /// The call must be sound with these arguments, and the gate not closed.
    unsafe fn call(&self, number: c_long, arguments: [usize; 6]) -> io::Result<usize> {
        let [first, second, third, fourth, fifth, sixth] = arguments;
        // SAFETY: the page holds exactly this function; for the call, the caller's promise.
        let result = unsafe {
            let code = mem::transmute::<*mut libc::c_void, Code>(self.page);
            code(number, first, second, third, fourth, fifth, sixth)
        };
        match usize::try_from(result) {
            Ok(result) => Ok(result),
            Err(_) => Err(io::Error::from_raw_os_error(i32::try_from(-result).unwrap_or(libc::EINVAL))),
        }
    }

    /// A call that takes numbers only.
    fn call_with_numbers(&self, number: c_long, arguments: &[usize]) -> io::Result<usize> {
        let mut all = [0; 6];
        all.iter_mut().zip(arguments).for_each(|(to, from)| *to = *from);
        // SAFETY: the callers pass calls that touch no memory of this process.
        unsafe { self.call(number, all) }
    }

    /// Forks this process, which has one thread. The C library is not told: it keeps the
    /// number of the thread, which it uses for locks between processes only.
    pub(super) fn fork(&self) -> io::Result<Side> {
        // SAFETY: no memory is shared, and the child goes on where the parent does, with one
        // thread, so that no lock is held by a thread that does not exist.
        match unsafe { self.call(libc::SYS_clone, [usize_of(libc::SIGCHLD), 0, 0, 0, 0, 0]) }? {
            0 => Ok(Side::Child),
            pid => Ok(Side::Parent(i32::try_from(pid).unwrap_or(i32::MAX))),
        }
    }

    /// How a child has ended; `None` if it has not.
    pub(super) fn reap(&self, pid: i32) -> io::Result<Option<Ended>> {
        let mut status: c_int = 0;
        let mut usage = mem::MaybeUninit::<libc::rusage>::zeroed();
        let arguments = [
            usize_of(pid),
            (&raw mut status).expose_provenance(),
            usize_of(libc::WNOHANG),
            usage.as_mut_ptr().expose_provenance(),
            0,
            0,
        ];
        // SAFETY: both places are this function's own, and as large as wait4 fills them.
        let pid = unsafe { self.call(libc::SYS_wait4, arguments) }?;
        // SAFETY: all zeros is a valid value, which wait4 may have filled.
        let usage = unsafe { usage.assume_init() };
        Ok((pid > 0).then(|| Ended { status, cpu: sys::cpu_of(&usage), peak_memory: sys::peak_of(&usage) }))
    }

    /// A descriptor for a child of this process.
    pub(super) fn pidfd(&self, pid: i32) -> io::Result<OwnedFd> {
        self.call_with_numbers(libc::SYS_pidfd_open, &[usize_of(pid)]).map(owned)
    }

    /// Kills a child of this process.
    pub(super) fn kill(&self, pid: i32) -> io::Result<()> {
        self.call_with_numbers(libc::SYS_kill, &[usize_of(pid), usize_of(libc::SIGKILL)]).map(drop)
    }

    /// A file in memory that takes what a snippet prints: writing to it never waits for
    /// anybody, and it is as large as the limit for files at the most.
    pub(super) fn capture(&self, name: &'static std::ffi::CStr) -> io::Result<OwnedFd> {
        let arguments = [name.as_ptr().expose_provenance(), libc::MFD_CLOEXEC as usize, 0, 0, 0, 0];
        // SAFETY: the name ends with a zero.
        let file = unsafe { self.call(libc::SYS_memfd_create, arguments) }.map(owned)?;
        rustix::fs::fcntl_setfl(&file, rustix::fs::OFlags::APPEND)?;
        self.call_with_numbers(libc::SYS_ftruncate, &[usize_of(file.as_raw_fd()), HEAD])?;
        Ok(file)
    }

    /// Maps the beginning of a file so that others who have it see what is written there.
    pub(super) fn share(&self, file: BorrowedFd<'_>, len: usize) -> io::Result<*mut libc::c_void> {
        let access = usize_of(libc::PROT_READ | libc::PROT_WRITE);
        let file = usize_of(file.as_raw_fd());
        let arguments = [0, len, access, usize_of(libc::MAP_SHARED), file, 0];
        self.call_with_numbers(libc::SYS_mmap, &arguments).map(ptr::with_exposed_provenance_mut)
    }

    /// `/dev/null`, anew: what is set on one is seen by all who share it.
    pub(super) fn nothing(&self) -> io::Result<OwnedFd> {
        let arguments = [usize_of(libc::AT_FDCWD), NOTHING.as_ptr().expose_provenance(), OPEN_NOTHING, 0, 0, 0];
        // SAFETY: the path ends with a zero.
        unsafe { self.call(libc::SYS_openat, arguments) }.map(owned)
    }

    /// Sends one packet, with descriptors.
    pub(super) fn send(&self, socket: BorrowedFd<'_>, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        #[repr(C)]
        struct Control {
            header: libc::cmsghdr,
            descriptors: [RawFd; MOST_DESCRIPTORS],
        }
        let len = descriptors.len().min(MOST_DESCRIPTORS) * size_of::<RawFd>();
        let header = libc::cmsghdr {
            cmsg_len: size_of::<libc::cmsghdr>() + len,
            cmsg_level: libc::SOL_SOCKET,
            cmsg_type: libc::SCM_RIGHTS,
        };
        let mut control = Control { header, descriptors: [-1; MOST_DESCRIPTORS] };
        control.descriptors.iter_mut().zip(descriptors).for_each(|(to, from)| *to = from.as_raw_fd());
        let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        // SAFETY: all zeros is a valid message, without address, parts and control data.
        let mut message: libc::msghdr = unsafe { mem::zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        if !descriptors.is_empty() {
            message.msg_control = (&raw mut control).cast();
            message.msg_controllen = size_of::<Control>();
        }
        let arguments = [
            usize_of(socket.as_raw_fd()),
            (&raw const message).expose_provenance(),
            usize_of(libc::MSG_NOSIGNAL),
            0,
            0,
            0,
        ];
        // SAFETY: everything that the message points to lives until the call returns, which
        // only reads it.
        unsafe { self.call(libc::SYS_sendmsg, arguments) }.map(drop)
    }

    /// Makes `target` another name of `fd`, closing what had that number, and lets it
    /// survive in the programs that this process becomes.
    pub(super) fn duplicate_onto(&self, fd: BorrowedFd<'_>, target: RawFd) -> io::Result<()> {
        self.call_with_numbers(libc::SYS_dup2, &[usize_of(fd.as_raw_fd()), usize_of(target)]).map(drop)
    }

    /// Closes every descriptor from `first` on, which the caller has no further use of.
    pub(super) fn close_from(&self, first: RawFd) -> io::Result<()> {
        self.call_with_numbers(libc::SYS_close_range, &[usize_of(first), u32::MAX as usize]).map(drop)
    }

    /// Lets this process be killed when its parent ends.
    pub(super) fn end_with_parent(&self) -> io::Result<()> {
        self.call_with_numbers(libc::SYS_prctl, &[usize_of(libc::PR_SET_PDEATHSIG), usize_of(libc::SIGKILL)]).map(drop)
    }

    /// Makes this folder the current one.
    pub(super) fn enter_folder(&self, folder: &std::path::Path) -> io::Result<()> {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = std::ffi::CString::new(folder.as_os_str().as_bytes())?;
        // SAFETY: the path ends with a zero.
        unsafe { self.call(libc::SYS_chdir, [folder.as_ptr().expose_provenance(), 0, 0, 0, 0, 0]) }.map(drop)
    }

    /// Limits this process, for good.
    pub(super) fn limit(&self, resource: rustix::process::Resource, limit: u64) -> io::Result<()> {
        let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
        let arguments = [0, resource as usize, (&raw const limit).expose_provenance(), 0, 0, 0];
        // SAFETY: the limit lives until the call returns, which only reads it.
        unsafe { self.call(libc::SYS_prlimit64, arguments) }.map(drop)
    }

    /// Puts a set of landlock rules in force for this process.
    pub(super) fn restrict(&self, rules: BorrowedFd<'_>) -> io::Result<()> {
        self.call_with_numbers(libc::SYS_landlock_restrict_self, &[usize_of(rules.as_raw_fd())]).map(drop)
    }

    /// Puts one more filter of system calls in force for this process, which has renounced
    /// new privileges.
    pub(super) fn filter(&self, program: &[seccompiler::sock_filter]) -> io::Result<()> {
        let program = libc::sock_fprog {
            len: u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
            filter: program.as_ptr().cast_mut().cast(),
        };
        let arguments = [libc::SECCOMP_SET_MODE_FILTER as usize, 0, (&raw const program).expose_provenance(), 0, 0, 0];
        // SAFETY: the program lives until the call returns, which only reads it; the two types
        // are both the kernel's.
        unsafe { self.call(libc::SYS_seccomp, arguments) }.map(drop)
    }
}

/// A number as a register holds it.
const fn usize_of(number: c_int) -> usize {
    number.cast_unsigned() as usize
}

fn owned(fd: usize) -> OwnedFd {
    // SAFETY: called with what a call that makes a descriptor has just returned.
    unsafe { OwnedFd::from_raw_fd(RawFd::try_from(fd).unwrap_or(-1)) }
}

fn check(result: c_int) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_through_the_gate_are_calls() {
        let gate = Gate::new().unwrap();
        let Side::Parent(pid) = gate.fork().unwrap() else { crate::platform::exit_now(7) };
        let ended = std::iter::repeat_with(|| gate.reap(pid).unwrap()).flatten().next().unwrap();
        assert_eq!(ended.status, 7 << 8);
        assert_eq!(gate.reap(pid).unwrap_err().raw_os_error(), Some(libc::ECHILD));
        gate.close().unwrap();
    }
}
