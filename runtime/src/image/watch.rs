//! Finding out what memory a process uses.
//!
//! The memory in question can be neither read nor written. Doing it all the same is a fault; its
//! handler notes the address, opens the page, and has the processor stop after the one
//! instruction, when the page is closed again. So what is written back is seen, too: a lock that is
//! taken and let go of leaves no trace in memory. It takes some twenty microseconds a time, for
//! which reason a page stays open once nothing new has been found on it for a while, how long a
//! while is for who watches to say.
//!
//! The system sees the closed pages as well: a call that is given such memory fails.

#![allow(unsafe_code, reason = "handlers of signals, and memory by its address")]

use std::{
    ffi::{c_int, c_void},
    io,
    ops::Range,
    ptr,
    sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};

use super::{arena::GRAIN, format::PAGE};

/// So often in a row nothing new may be found on a page before it stays open.
static ENOUGH: AtomicU32 = AtomicU32::new(0);

/// So many pages one instruction can touch, and some more.
const MOST_PAGES: usize = 8;

/// What is done with memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Read, and perhaps written.
    Read,
    /// Written.
    Written,
}

/// Of a page fault's error code: whether it was a write.
const WRITE: i64 = 1 << 1;

/// What lets the processor stop after each instruction, in its flags.
const TRAP: i64 = 1 << 8;

static START: AtomicUsize = AtomicUsize::new(0);
static LEN: AtomicUsize = AtomicUsize::new(0);
/// For each use.
static NOTES: [AtomicPtr<AtomicU64>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];
/// For each use and each page how often in a row nothing new was found.
static NOTHING_NEW: [AtomicPtr<AtomicU32>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];
/// Pages that are open until the instruction is done.
static OPEN: [AtomicUsize; MOST_PAGES] = [const { AtomicUsize::new(0) }; MOST_PAGES];

/// Notes about a range of memory, one bit for each grain, seen by all processes that are forked
/// from this one.
pub(super) struct Watch {
    range: Range<usize>,
    notes: [*mut AtomicU64; 2],
    nothing_new: [*mut AtomicU32; 2],
}

impl Watch {
    /// Without any note yet. The range is one of whole pages.
    pub(super) fn new(range: Range<usize>) -> io::Result<Self> {
        let notes = || Ok::<_, io::Error>(shared(words(&range) * size_of::<AtomicU64>())?.cast());
        let numbers = || Ok::<_, io::Error>(shared(range.len() / PAGE * size_of::<AtomicU32>())?.cast());
        Ok(Self { notes: [notes()?, notes()?], nothing_new: [numbers()?, numbers()?], range })
    }

    /// Watches this process, to its end. A page on which nothing new has been found so often in a row
    /// stays open.
    pub(super) fn start(&self, enough: u32) -> io::Result<()> {
        ENOUGH.store(enough, Ordering::Relaxed);
        START.store(self.range.start, Ordering::Relaxed);
        LEN.store(self.range.len(), Ordering::Relaxed);
        NOTES.iter().zip(self.notes).for_each(|(to, notes)| to.store(notes, Ordering::Relaxed));
        NOTHING_NEW.iter().zip(self.nothing_new).for_each(|(to, numbers)| to.store(numbers, Ordering::Relaxed));
        handle(libc::SIGSEGV, on_use)?;
        handle(libc::SIGTRAP, on_step)?;
        protect(self.range.start, self.range.len(), libc::PROT_NONE)
    }

    /// The addresses that were used so, each that of a grain.
    pub(super) fn of(&self, kind: Use) -> impl Iterator<Item = usize> {
        let [read, written] = self.notes;
        let notes = if kind == Use::Written { written } else { read };
        // SAFETY: the mapping is as long, and zeros are numbers. Nobody writes any more.
        let notes = unsafe { std::slice::from_raw_parts(notes, words(&self.range)) };
        notes.iter().enumerate().flat_map(|(word, note)| {
            let note = note.load(Ordering::Relaxed);
            let start = self.range.start + word * 64 * GRAIN;
            (0..64).filter(move |bit| note >> bit & 1 == 1).map(move |bit| start + bit * GRAIN)
        })
    }
}

/// New memory that this process has in common with those that are forked from it.
fn shared(len: usize) -> io::Result<*mut c_void> {
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping, wherever there is room.
    let memory = unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if memory == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(memory) }
}

fn words(range: &Range<usize>) -> usize {
    range.len().div_ceil(64 * GRAIN)
}

type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

fn handle(signal: c_int, handler: Handler) -> io::Result<()> {
    // SAFETY: all zeros is a valid action, which is filled in; the handlers make system calls and
    // use variables that no lock guards.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        libc::sigaction(signal, &raw const action, ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn protect(start: usize, len: usize, access: c_int) -> io::Result<()> {
    // SAFETY: memory of the arena. Whoever uses what is closed comes to `on_use`.
    let result = unsafe { libc::mprotect(ptr::with_exposed_provenance_mut(start), len, access) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn on_use(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes both, for as long as the handler runs.
    let (address, error) = unsafe { ((*info).si_addr().addr(), register(context, libc::REG_ERR)) };
    let at = address.wrapping_sub(START.load(Ordering::Relaxed));
    let place = OPEN.iter().find(|open| open.load(Ordering::Relaxed) == 0);
    let (Some(place), true) = (place, at < LEN.load(Ordering::Relaxed)) else {
        // A fault of another kind. It comes again, and ends the process.
        // SAFETY: the default action of a signal is always valid.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    };
    note(at, usize::from(*error & WRITE != 0));
    let page = address & !(PAGE - 1);
    // If it fails, the instruction comes here again, until there is no place left.
    let _ = protect(page, PAGE, libc::PROT_READ | libc::PROT_WRITE);
    place.store(page, Ordering::Relaxed);
    // SAFETY: as above.
    unsafe { *register(context, libc::REG_EFL) |= TRAP };
}

/// Notes that the grain at this distance from the start was used.
fn note(at: usize, kind: usize) {
    let (Some(notes), Some(numbers)) = (NOTES.get(kind), NOTHING_NEW.get(kind)) else { return };
    let bit = 1 << (at / GRAIN % 64);
    // SAFETY: there is a bit for each grain of the range, and a number for each page.
    unsafe {
        let is_known =
            (*notes.load(Ordering::Relaxed).add(at / GRAIN / 64)).fetch_or(bit, Ordering::Relaxed) & bit != 0;
        let number = &*numbers.load(Ordering::Relaxed).add(at / PAGE);
        number.store(if is_known { number.load(Ordering::Relaxed) + 1 } else { 0 }, Ordering::Relaxed);
    }
}

extern "C" fn on_step(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    for open in &OPEN {
        let page = open.swap(0, Ordering::Relaxed);
        if page != 0 {
            let _ = protect(page, PAGE, access_of(page));
        }
    }
    // SAFETY: the kernel passes it, for as long as the handler runs.
    unsafe { *register(context, libc::REG_EFL) &= !TRAP };
}

/// What a page is open for from now on.
fn access_of(page: usize) -> c_int {
    let at = page.wrapping_sub(START.load(Ordering::Relaxed)) / PAGE;
    // SAFETY: there is a number for each page of the range.
    let [read, written] = NOTHING_NEW.each_ref().map(|numbers| unsafe {
        (*numbers.load(Ordering::Relaxed).add(at)).load(Ordering::Relaxed) >= ENOUGH.load(Ordering::Relaxed)
    });
    match (read, written) {
        (_, true) => libc::PROT_READ | libc::PROT_WRITE,
        (true, false) => libc::PROT_READ,
        (false, false) => libc::PROT_NONE,
    }
}

/// A register of what the handler returns to.
///
/// # Safety
///
/// The context must be the one that the handler was called with.
unsafe fn register<'a>(context: *mut c_void, register: c_int) -> &'a mut i64 {
    // SAFETY: the caller's promise; a register has a small number.
    unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs[register.unsigned_abs() as usize] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_is_noted_and_nothing_else() {
        let len = 4 * PAGE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping, wherever there is room.
        let memory = unsafe { libc::mmap(ptr::null_mut(), len, access, flags, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        let start = memory.expose_provenance();
        let watch = Watch::new(start..start + len).unwrap();
        // SAFETY: the child has one thread, touches the new memory, and ends.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let ok = watch.start(1).is_ok();
            // SAFETY: the mapping is that long; the third goes to two pages.
            unsafe {
                let memory = memory.cast::<u8>();
                let lock = &*memory.add(64).cast::<AtomicU64>();
                lock.store(1, Ordering::SeqCst);
                lock.store(0, Ordering::SeqCst);
                memory.add(PAGE + 5).write_volatile(memory.add(3 * PAGE).read_volatile() + 1);
                memory.add(2 * PAGE - 4).cast::<u64>().write_unaligned(u64::MAX);
                let seen = memory.add(2 * PAGE).read_volatile() == 255;
                crate::platform::exit_now(i32::from(!(ok && seen)));
            }
        }
        let mut status = 0;
        // SAFETY: the status is this function's own.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0);
        let used = |kind| watch.of(kind).map(|address| address - start).collect::<Vec<_>>();
        assert_eq!(used(Use::Written), [64, PAGE, 2 * PAGE - 16, 2 * PAGE]);
        assert_eq!(used(Use::Read), [2 * PAGE, 3 * PAGE]);
        // SAFETY: the mapping is this function's own.
        unsafe { libc::munmap(memory, len) };
    }
}
