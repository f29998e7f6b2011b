//! The system calls that a worker may still make.
//!
//! Everything that is not listed fails with `EPERM`. No listed call opens a
//! connection, starts a program or a process, looks at another process, or changes
//! the rights of anything; those that take a path are listed only where a file is
//! granted, and landlock decides which.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op,
    SeccompCondition as Condition, SeccompFilter, SeccompRule, TargetArch,
};

use super::protocol::Setup;

/// Stands for the worker's own number in a program that is compiled before there is one.
const OWN_PID: u32 = 0x5EED_1D00;

/// The socket to the host, which stays what it is.
pub(super) const SOCKET: i32 = 3;

const ALWAYS: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_select,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_pipe,
    libc::SYS_pipe2,
    libc::SYS_dup,
    libc::SYS_recvfrom,
    libc::SYS_shutdown,
    libc::SYS_getsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_setitimer,
    libc::SYS_getitimer,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_restart_syscall,
    libc::SYS_membarrier,
    libc::SYS_getrandom,
    libc::SYS_uname,
    libc::SYS_getcwd,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgrp,
    libc::SYS_getpgid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// With a path that may be read.
const READING: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_fadvise64,
    libc::SYS_flock,
];

/// With a path that may be written.
const WRITING: &[c_long] = &[
    libc::SYS_mkdir,
    libc::SYS_mkdirat,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_unlinkat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_link,
    libc::SYS_linkat,
    libc::SYS_symlink,
    libc::SYS_symlinkat,
    libc::SYS_ftruncate,
    libc::SYS_truncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
];

/// A compiled filter.
pub(super) struct Filter {
    main: BpfProgram,
    /// Sends the C library back to a call whose arguments can be looked at.
    no_clone3: Option<BpfProgram>,
}

impl Filter {
    pub(super) fn new(setup: &Setup) -> Result<Self, BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        let reads = setup.scratch || !setup.read.is_empty() || !setup.write.is_empty();
        let writes = setup.scratch || !setup.write.is_empty();
        let listed = ALWAYS.iter().chain(if reads { READING } else { &[] }).chain(if writes { WRITING } else { &[] });
        for &call in listed {
            rules.insert(call, Vec::new());
        }
        conditional(&mut rules, reads)?;
        if setup.threads {
            let thread = bits(libc::CLONE_THREAD | libc::CLONE_VM);
            rules.insert(libc::SYS_clone, vec![rule(&[(0, Op::MaskedEq(thread), thread)])?]);
            rules.insert(libc::SYS_clone3, Vec::new());
            rules.insert(libc::SYS_set_tid_address, Vec::new());
        }
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let no_clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        let missing = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        Ok(Self {
            main: SeccompFilter::new(rules, denied, SeccompAction::Allow, TargetArch::x86_64)?.try_into()?,
            no_clone3: if setup.threads {
                Some(SeccompFilter::new(no_clone3, SeccompAction::Allow, missing, TargetArch::x86_64)?.try_into()?)
            } else {
                None
            },
        })
    }

    /// Puts the filter in force for this process, for good.
    pub(super) fn install(&self) -> Result<(), seccompiler::Error> {
        // First, as the main filter does not let a second one be installed.
        if let Some(program) = &self.no_clone3 {
            seccompiler::apply_filter(program)?;
        }
        let mut program = self.main.clone();
        let own = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
        for instruction in &mut program {
            if instruction.k == OWN_PID {
                instruction.k = own;
            }
        }
        seccompiler::apply_filter(&program)
    }
}

/// Calls that are fine with some arguments.
fn conditional(rules: &mut BTreeMap<i64, Vec<SeccompRule>>, reads: bool) -> Result<(), BackendError> {
    // Not executable; and private, as the limit of memory counts nothing else.
    let no_exec = Op::MaskedEq(bits(libc::PROT_EXEC));
    let counted = Op::MaskedEq(bits(libc::MAP_SHARED | libc::MAP_GROWSDOWN));
    rules.insert(libc::SYS_mmap, vec![rule(&[(2, no_exec.clone(), 0), (3, counted, 0)])?]);
    rules.insert(libc::SYS_mprotect, vec![rule(&[(2, no_exec, 0)])?]);
    let socket = bits(SOCKET);
    rules.insert(libc::SYS_close, vec![rule(&[(0, Op::Ne, socket)])?]);
    rules.insert(libc::SYS_dup2, vec![rule(&[(1, Op::Ne, socket)])?]);
    rules.insert(libc::SYS_dup3, vec![rule(&[(1, Op::Ne, socket)])?]);
    let own = u64::from(OWN_PID);
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![rule(&[(0, Op::Eq, own)])?]);
    }
    let requests = [libc::TCGETS, libc::FIONBIO, libc::FIOCLEX, libc::FIONCLEX, libc::FIONREAD];
    let requests = requests.iter().map(|&request| rule(&[(1, Op::Eq, request)]));
    rules.insert(libc::SYS_ioctl, requests.collect::<Result<_, _>>()?);
    let commands = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL, libc::F_DUPFD, libc::F_DUPFD_CLOEXEC];
    let commands = commands.iter().map(|&command| rule(&[(1, Op::Eq, bits(command))]));
    rules.insert(libc::SYS_fcntl, commands.collect::<Result<_, _>>()?);
    // Connected to itself; `asyncio` wakes its loop with it.
    let stream = bits(libc::SOCK_STREAM);
    rules
        .insert(libc::SYS_socketpair, vec![rule(&[(0, Op::Eq, bits(libc::AF_UNIX)), (1, Op::MaskedEq(0xf), stream)])?]);
    rules.insert(libc::SYS_sendto, vec![rule(&[(5, Op::Eq, 0)])?]);
    if !reads {
        // The C library asks for the status of a descriptor with it. The path of one
        // that is not empty is looked at too, but nothing can be opened.
        let empty = bits(libc::AT_EMPTY_PATH);
        rules.insert(libc::SYS_newfstatat, vec![rule(&[(0, Op::Le, 1 << 16), (3, Op::Eq, empty)])?]);
    }
    Ok(())
}

/// A constant of the C library, as the filter compares it.
const fn bits(constant: i32) -> u64 {
    constant.unsigned_abs() as u64
}

/// A rule that holds when all of its conditions (argument, comparison, value) do.
fn rule(conditions: &[(u8, Op, u64)]) -> Result<SeccompRule, BackendError> {
    let conditions = conditions
        .iter()
        .map(|(argument, operation, value)| Condition::new(*argument, Len::Dword, operation.clone(), *value))
        .collect::<Result<_, _>>()?;
    SeccompRule::new(conditions)
}
