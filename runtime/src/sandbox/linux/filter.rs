//! The system calls that a worker may still make.
//!
//! Everything that is not listed fails with `EPERM`, unless it comes through the
//! zygote's [gate](super::gate), which workers do not have. No listed call opens a
//! connection, starts a program or a process, looks at another process, or changes
//! the rights of anything; those that take a path are listed only where a file is
//! granted, and landlock decides which.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op,
    SeccompCondition as Condition, SeccompFilter, SeccompRule, TargetArch, sock_filter,
};

use super::{call_tree, protocol::Setup};

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

/// Where each worker has a folder of its own, and so makes landlock rules of its own. They
/// only ever take rights away.
const OWN_RULES: &[c_long] = &[libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule];

/// What the C library starts a thread with: no process, no namespace, nothing of its own.
const THREAD: i32 = libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID;

/// A compiled filter, for the zygote and all that it forks.
pub(super) struct Filter {
    main: BpfProgram,
    /// What threads need besides, put in force before it.
    for_threads: Vec<BpfProgram>,
}

impl Filter {
    /// `gate` is the address from which everything is let through.
    pub(super) fn new(setup: &Setup, gate: u64) -> Result<Self, BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        let reads = setup.scratch || !setup.read.is_empty() || !setup.write.is_empty();
        let writes = setup.scratch || !setup.write.is_empty();
        let scratch = if setup.scratch { OWN_RULES } else { &[] };
        let listed = ALWAYS.iter().chain(if reads { READING } else { &[] }).chain(if writes { WRITING } else { &[] });
        for &call in listed.chain(scratch) {
            rules.insert(call, Vec::new());
        }
        conditional(&mut rules, reads)?;
        let for_threads = if setup.threads { threads(&mut rules)? } else { Vec::new() };
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let ranges = call_tree::ranges(&rules);
        rules.retain(|_, rules| !rules.is_empty());
        let main = SeccompFilter::new(rules, denied, SeccompAction::Allow, TargetArch::x86_64)?.try_into()?;
        Ok(Self { main: with_gate(call_tree::before(main, &ranges), gate), for_threads })
    }

    /// Puts the filter in force for this process, for good.
    pub(super) fn install(&self) -> Result<(), seccompiler::Error> {
        // First, as the main filter does not let another one be installed.
        for program in &self.for_threads {
            seccompiler::apply_filter(program)?;
        }
        seccompiler::apply_filter(&self.main)
    }
}

/// What a filter says to a call that it refuses: `SECCOMP_RET_ERRNO` and the number.
pub(super) const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs();

/// Where the kernel shows a filter the number of a call, the address that it comes from,
/// and its first argument: `struct seccomp_data`. Words are 32 bits, the lower one first.
pub(super) const NUMBER: u32 = 0;
const ADDRESS: u32 = 8;
const FIRST_ARGUMENT: u32 = 16;

pub(super) const fn statement(code: u32, value: u32) -> sock_filter {
    jump(code, value, 0, 0)
}

#[allow(clippy::cast_possible_truncation, reason = "codes of instructions have 16 bits")]
pub(super) const fn jump(code: u32, value: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k: value }
}

pub(super) const fn load(from: u32) -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, from)
}

const fn skip_unless(value: u32, instructions: u8) -> sock_filter {
    jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, 0, instructions)
}

pub(super) const fn answer(value: u32) -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, value)
}

/// The same filter, but for calls from one address, which it lets through.
#[allow(clippy::cast_possible_truncation, reason = "the halves of an address have 32 bits, and a filter 4096 parts")]
fn with_gate(mut program: BpfProgram, gate: u64) -> BpfProgram {
    let end = program.len();
    for (at, instruction) in program.iter_mut().enumerate() {
        if *instruction == answer(REFUSED) {
            *instruction = statement(libc::BPF_JMP | libc::BPF_JA, (end - at - 1) as u32);
        }
    }
    program.extend([
        load(ADDRESS),
        skip_unless(gate as u32, 3),
        load(ADDRESS + 4),
        skip_unless((gate >> 32) as u32, 1),
        answer(libc::SECCOMP_RET_ALLOW),
        answer(REFUSED),
    ]);
    program
}

/// Lets a process send signals to itself only. For kernels whose landlock does not know of
/// signals; beside the main filter, which leaves no other call for it.
pub(super) fn own_signals_only(own: u32) -> [sock_filter; 7] {
    let [kill, tgkill] = [libc::SYS_kill, libc::SYS_tgkill].map(|call| u32::try_from(call).unwrap_or(u32::MAX));
    let is = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    [
        load(NUMBER),
        jump(is, kill, 1, 0),
        jump(is, tgkill, 0, 2),
        load(FIRST_ARGUMENT),
        skip_unless(own, 1),
        answer(libc::SECCOMP_RET_ALLOW),
        answer(REFUSED),
    ]
}

/// What threads are made with, and filters for what must look different for them.
fn threads(rules: &mut BTreeMap<i64, Vec<SeccompRule>>) -> Result<Vec<BpfProgram>, BackendError> {
    rules.insert(libc::SYS_clone, vec![rule(&[(0, Op::Eq, bits(THREAD))])?]);
    rules.insert(libc::SYS_clone3, Vec::new());
    rules.insert(libc::SYS_set_tid_address, Vec::new());
    // Of a thread, by its number.
    rules.insert(libc::SYS_sched_getaffinity, Vec::new());
    // A page that guards a stack: it is as if it did.
    let guard = rule(&[(2, Op::Eq, bits(libc::PROT_NONE))])?;
    rules.entry(libc::SYS_mprotect).or_default().push(guard.clone());
    let program = |call: c_long, rules: Vec<SeccompRule>, errno: i32| {
        let action = SeccompAction::Errno(errno.unsigned_abs());
        let rules = BTreeMap::from([(call, rules)]);
        SeccompFilter::new(rules, SeccompAction::Allow, action, TargetArch::x86_64)?.try_into()
    };
    // Sends the C library back to a call whose arguments can be looked at.
    Ok(vec![program(libc::SYS_clone3, Vec::new(), libc::ENOSYS)?, program(libc::SYS_mprotect, vec![guard], 0)?])
}

/// Calls that are fine with some arguments.
fn conditional(rules: &mut BTreeMap<i64, Vec<SeccompRule>>, reads: bool) -> Result<(), BackendError> {
    memory(rules)?;
    // Of this process, without a look at others.
    for call in [libc::SYS_getpgid, libc::SYS_sched_getaffinity] {
        rules.insert(call, vec![rule(&[(0, Op::Eq, 0)])?]);
    }
    let socket = bits(SOCKET);
    rules.insert(libc::SYS_close, vec![rule(&[(0, Op::Ne, socket)])?]);
    rules.insert(libc::SYS_dup2, vec![rule(&[(1, Op::Ne, socket)])?]);
    rules.insert(libc::SYS_dup3, vec![rule(&[(1, Op::Ne, socket)])?]);
    // One process, not a group or all of them. That it is the own one is seen to by landlock,
    // or by a filter of each worker.
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![rule(&[(0, Op::Ge, 1), (0, Op::Le, bits(i32::MAX))])?]);
    }
    // What allocators say about their own memory. Not that pages of other processes may be
    // shared, or are broken.
    let advice = [libc::MADV_NORMAL, libc::MADV_RANDOM, libc::MADV_SEQUENTIAL, libc::MADV_WILLNEED];
    let advice = advice.iter().chain(&[libc::MADV_DONTNEED, libc::MADV_FREE]);
    let advice = advice.chain(&[libc::MADV_HUGEPAGE, libc::MADV_NOHUGEPAGE, libc::MADV_DONTDUMP]);
    let advice = advice.map(|&advice| rule(&[(2, Op::Eq, bits(advice))]));
    rules.insert(libc::SYS_madvise, advice.collect::<Result<_, _>>()?);
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

/// Memory is not executable, and nothing that is executable is moved: there is an address from
/// which the filter lets everything through. It is private and writable, or it cannot be used:
/// the limit of memory counts no other, neither what was written before it was made read-only, nor
/// the tables of pages that are only read.
fn memory(rules: &mut BTreeMap<i64, Vec<SeccompRule>>) -> Result<(), BackendError> {
    let private = (3, Op::MaskedEq(bits(libc::MAP_SHARED | libc::MAP_GROWSDOWN)), 0);
    let of_file = (3, Op::MaskedEq(bits(libc::MAP_ANONYMOUS)), 0);
    let no_exec = (2, Op::MaskedEq(bits(libc::PROT_EXEC)), 0);
    let writable = (2, Op::Eq, bits(libc::PROT_READ | libc::PROT_WRITE));
    let unusable = (2, Op::Eq, bits(libc::PROT_NONE));
    let maps =
        [vec![writable.clone(), private.clone()], vec![unusable, private.clone()], vec![of_file, no_exec, private]];
    rules.insert(libc::SYS_mmap, maps.iter().map(|conditions| rule(conditions)).collect::<Result<_, _>>()?);
    rules.insert(libc::SYS_mprotect, vec![rule(&[writable])?]);
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
