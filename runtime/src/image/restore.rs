//! Puts an image where it was made.

#![allow(unsafe_code, reason = "maps memory at fixed addresses and writes variables")]

use std::{
    fs::File,
    ops::Range,
    os::{fd::AsRawFd as _, unix::fs::FileExt as _},
    ptr,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    Refusal, Root, arena, code,
    format::{HEADER_LEN, Header, RangeRecord},
    layout::USED_PARTS,
    process::{self, Program},
    stack,
};

/// How many bytes of a file lie in the arena.
static MAPPED: AtomicU64 = AtomicU64::new(0);

pub(super) fn mapped() -> u64 {
    MAPPED.load(Ordering::Relaxed)
}

/// Reserves the arena of a process that is going to record.
pub(super) fn reserve_arena() -> Result<(), Refusal> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    map_arena(arena::BASE..arena::BASE + arena::CAPACITY, protection, flags, -1, 0)
}

fn map_arena(range: Range<usize>, protection: i32, flags: i32, file: i32, at: i64) -> Result<(), Refusal> {
    let (wanted, len): (*mut libc::c_void, _) = (ptr::without_provenance_mut(range.start), range.len());
    // SAFETY: the mapping replaces nothing: a place that is taken is an error.
    let got = unsafe { libc::mmap(wanted, len, protection, flags | libc::MAP_FIXED_NOREPLACE, file, at) };
    if got == libc::MAP_FAILED {
        return Err(Refusal::Memory(std::io::Error::last_os_error()));
    }
    if got != wanted {
        // A kernel that does not know the flag took the place for a wish.
        // SAFETY: it is the mapping that was just made, which nobody knows.
        unsafe { libc::munmap(got, len) };
        return Err(Refusal::Memory(std::io::ErrorKind::AddrInUse.into()));
    }
    Ok(())
}

/// As many bytes, at a multiple of them, the system maps of a file where one is read, if it has them
/// in memory (`fault_around_bytes`, unless somebody has changed it).
const READ_AROUND: usize = 64 << 10;

/// Has the pages of these parts, which follow each other and will be used, all in one go instead
/// of in a fault for each: those that are written as copies, then those that are read. To read one
/// in each sixteen of the latter takes a third of the time that the system needs to be told of them.
fn populate(mut start: usize, lens: impl Iterator<Item = usize>) {
    for (part, len) in lens.enumerate() {
        let end = start + len;
        if part % 2 == 0 && len > 0 {
            // SAFETY: the pages are the arena's, and their content stays what it is. A kernel that
            // cannot do it leaves it to the faults.
            unsafe { libc::madvise(ptr::without_provenance_mut(start), len, libc::MADV_POPULATE_WRITE) };
        }
        while part % 2 == 1 && start < end {
            // SAFETY: as above.
            unsafe { ptr::with_exposed_provenance::<u8>(start).read_volatile() };
            start = (start + 1).next_multiple_of(READ_AROUND);
        }
        start = end;
    }
}

/// Where the bytes of a saved piece go.
fn destination(record: &RangeRecord, len: usize, program: &Program) -> Option<usize> {
    let place = usize::try_from(record.place.get()).ok()?;
    let fits = |start: usize, end: usize, at: usize| at >= start && at.checked_add(len).is_some_and(|to| to <= end);
    if record.thread_local.get() == 0 {
        return program.writable.iter().any(|range| fits(range.start, range.end, place)).then_some(place);
    }
    let landmark = process::landmark();
    let address = landmark.wrapping_add(place);
    fits(landmark.saturating_sub(program.tls_len), landmark.saturating_add(program.tls_len), address).then_some(address)
}

/// Restores an image whose header has been found to fit this process, and hands out what
/// it was made of.
///
/// Nothing is changed unless everything can be.
///
/// # Errors
///
/// [`Refusal`] when the memory cannot be had or the file is not sound.
///
/// # Safety
///
/// The file must be one that this very program has written, and no interpreter may have
/// been started in this process.
pub(super) unsafe fn restore(
    file: &File,
    header: &Header,
    program: &Program,
    is_isolated: bool,
) -> Result<Box<Root>, Refusal> {
    let len = |number: u64| usize::try_from(number).map_err(|_| Refusal::damaged());
    let head_len = len(header.info_at.get())?;
    let mut head = vec![0; head_len.max(HEADER_LEN)];
    file.read_exact_at(&mut head, 0).map_err(Refusal::Read)?;
    let mut moves = Vec::new();
    for (record, bytes) in header.pieces(&head).map_err(Refusal::Format)? {
        let to = destination(&record, bytes.len(), program).ok_or_else(Refusal::damaged)?;
        moves.push((to, bytes));
    }
    let root = len(header.root.get())?;
    let base = len(header.arena_base.get())?;
    let range = base..base.checked_add(len(header.arena_len.get())?).ok_or_else(Refusal::damaged)?;
    let limit_at = len(header.stack_limit_at.get())?;
    let used = header.used.map(|len| usize::try_from(len.get()).unwrap_or(0));
    let sound = range.start >= arena::BASE
        && range.end <= arena::BASE + arena::CAPACITY
        && root >= range.start
        && root.checked_add(size_of::<Root>()).is_some_and(|end| end <= range.end)
        && limit_at + size_of::<usize>() <= size_of::<Root>();
    let (stack, stack_len) = stack::of_this_thread().ok_or(Refusal::Stack)?;
    debug_assert!(stack::is_confirmed(), "the stack is where the C library says");
    let code = len(header.code_start.get())?..len(header.code_start.get())?.saturating_add(len(header.code_len.get())?);
    if !sound || (!code.is_empty() && Some(&code) != code::large(program).as_ref()) {
        return Err(Refusal::damaged());
    }
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let at = i64::try_from(header.arena_at.get()).map_err(|_| Refusal::damaged())?;
    map_arena(range.clone(), protection, libc::MAP_PRIVATE, file.as_raw_fd(), at)?;
    if !code.is_empty() {
        let at = i64::try_from(header.code_at.get()).map_err(|_| Refusal::damaged())?;
        // SAFETY: it is this part of the program's code, and the file is one that this program has written.
        unsafe { code::map(file, at, &code) };
    }
    populate(range.start, used.into_iter().take(if is_isolated { USED_PARTS } else { USED_PARTS / 2 }));
    for (to, bytes) in moves {
        // SAFETY: the place is one of the program's variables of the interpreter, which nobody
        // uses yet, and the bytes are what the same program had there.
        unsafe { process::overwrite(to, bytes) };
    }
    MAPPED.store(range.len() as u64, Ordering::Relaxed);
    // As the engine computes it when a thread begins.
    let limit = stack + len(header.stack_margin.get())?.min(stack_len / 2);
    // SAFETY: the root object lies in the arena, at this place in it the engine keeps the limit
    // in a cell, and it was a box when the image was made.
    unsafe {
        process::overwrite(root + limit_at, &limit.to_ne_bytes());
        Ok(Box::from_raw(ptr::with_exposed_provenance_mut(root)))
    }
}
