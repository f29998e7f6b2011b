//! A small piece of memory that a forked process allocates from first.
//!
//! Processes that are forked ahead and run one snippet each would have to copy a page or
//! two for each size that they allocate: the allocator underneath has a place for each size,
//! and what it keeps of it beside it. Here everything lies together, in pages that the process
//! that is forked from has never touched, so that there is nothing to copy.
//!
//! It serves one thread. What does not fit, and all other threads, the allocator underneath
//! serves.

#![allow(unsafe_code, reason = "an allocator")]
#![allow(clippy::cast_ptr_alignment, reason = "its blocks are aligned to 16 bytes at least")]

use std::{
    alloc::Layout,
    io, ptr,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::arena::{self, GRAIN, LISTS, class};

/// Where it lies: behind the arena of images.
const BASE: usize = arena::BASE + arena::CAPACITY;

/// Its size. Who allocates more than that needs no help with the first pages.
pub(super) const CAPACITY: usize = 2 << 20;

/// Largest block.
const LARGEST: usize = 16 << 10;

/// What it begins with.
struct State {
    used: usize,
    free: [usize; LISTS],
}

/// The thread that it serves, by the address of that thread's [`HERE`]; 0 for none.
static OWNER: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static HERE: u8 = const { 0 };
}

fn this_thread() -> usize {
    HERE.with(|here| ptr::from_ref(here).addr())
}

/// Sets the memory aside, without touching it.
pub(crate) fn reserve() -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let wanted = ptr::with_exposed_provenance_mut(BASE);
    // SAFETY: a new mapping, which does not replace another.
    let place = unsafe { libc::mmap(wanted, CAPACITY, access, flags, -1, 0) };
    if place == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    if place != wanted {
        // A kernel that does not know the flag takes the address for a wish.
        // SAFETY: it was just mapped and nobody knows it.
        unsafe { libc::munmap(place, CAPACITY) };
        return Err(io::ErrorKind::AddrInUse.into());
    }
    Ok(())
}

/// Lets this thread allocate from it, for as long as the process lives. It must have been
/// reserved, and not opened before.
pub(crate) fn open() {
    OWNER.store(this_thread(), Ordering::Relaxed);
    arena::allocate_from_pocket();
}

const fn state() -> *mut State {
    ptr::with_exposed_provenance_mut(BASE)
}

/// Whether the address, which is not the arena's, is one of the pocket.
#[inline]
pub(super) fn contains(pointer: *const u8) -> bool {
    pointer.addr().wrapping_sub(BASE) < CAPACITY
}

/// Takes memory from it; null if it has none, or is another thread's.
pub(super) fn allocate(layout: Layout) -> *mut u8 {
    if layout.size() > LARGEST || layout.align() > GRAIN || OWNER.load(Ordering::Relaxed) != this_thread() {
        return ptr::null_mut();
    }
    let (list, size) = class(layout.size());
    // SAFETY: the memory is there, zeros at first, which is a valid state; and only this thread
    // has anything to do with it. A free block begins with the address of the next one.
    unsafe {
        let state = &mut *state();
        let first = state.free[list];
        if first != 0 {
            state.free[list] = *ptr::with_exposed_provenance::<usize>(first);
            return ptr::with_exposed_provenance_mut(first);
        }
        let start = if state.used == 0 { size_of::<State>().next_multiple_of(GRAIN) } else { state.used };
        if start + size > CAPACITY {
            return ptr::null_mut();
        }
        state.used = start + size;
        ptr::with_exposed_provenance_mut(BASE + start)
    }
}

/// Gives memory back. What another thread gives back is lost.
///
/// # Safety
///
/// The block must have come from [`allocate`] with this size, and nobody may use it any more.
pub(super) unsafe fn release(pointer: *mut u8, size: usize) {
    if OWNER.load(Ordering::Relaxed) != this_thread() {
        return;
    }
    let list = class(size).0;
    // SAFETY: the block is nobody's, and large enough; the state is this thread's alone.
    unsafe {
        let state = &mut *state();
        *pointer.cast::<usize>() = state.free[list];
        state.free[list] = pointer.expose_provenance();
    }
}

/// Whether a block of the one size is as long as one of the other.
pub(super) fn is_same_size(size: usize, other: usize) -> bool {
    other <= LARGEST && class(size) == class(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_are_nobody_elses() {
        reserve().unwrap();
        let layout = |size| Layout::from_size_align(size, 8).unwrap();
        assert!(allocate(layout(10)).is_null(), "it is not open yet");
        OWNER.store(this_thread(), Ordering::Relaxed);
        let first = allocate(layout(10));
        let second = allocate(layout(10));
        assert!(contains(first) && contains(second) && first.addr() + 16 <= second.addr());
        // SAFETY: it came from there, and is not used any more.
        unsafe { release(first, 10) };
        assert_eq!(allocate(layout(16)), first);
        assert!(allocate(layout(LARGEST + 1)).is_null());
        assert!(allocate(Layout::from_size_align(64, 64).unwrap()).is_null());
        let block = second.addr();
        std::thread::spawn(move || {
            assert!(allocate(Layout::new::<u64>()).is_null());
            // SAFETY: as above.
            unsafe { release(ptr::with_exposed_provenance_mut(block), 10) };
        })
        .join()
        .unwrap();
        assert_ne!(allocate(layout(10)), second, "another thread gave it back");
        let mut count = 0;
        while !allocate(layout(LARGEST)).is_null() {
            count += 1;
        }
        assert_eq!(count, CAPACITY / LARGEST - 1);
        assert!(is_same_size(33, 48) && !is_same_size(33, 49) && !is_same_size(LARGEST, LARGEST + 1));
    }
}
