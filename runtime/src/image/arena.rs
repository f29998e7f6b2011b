//! Memory at one address in every process.
//!
//! While an image is recorded, everything that is allocated comes from the arena,
//! so that the image can hold it and every later process can map it to where it
//! was. At any other time the allocator underneath serves, after the pocket of a process that
//! has one (`pocket`), and memory of a restored image that is freed stays as it is.

#![allow(unsafe_code, reason = "an allocator")]
#![allow(clippy::cast_ptr_alignment, reason = "its blocks are aligned to 16 bytes at least")]

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ops::Range,
    ptr,
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
};

use super::{
    pocket,
    script::{Births, Line, Script},
};

/// Where the arena lies: far above the program and its heap, far below what the
/// kernel and the allocator underneath choose for themselves (2 TiB and up).
pub(super) const BASE: usize = 1 << 40;

/// The largest image. Nothing is taken from the system but what is used.
pub(super) const CAPACITY: usize = 4 << 30;

/// Room at the beginning of the arena for blocks that have places of their own, which lie at the
/// end of it.
pub(super) const PLACES: usize = 64 << 20;

/// Alignment of everything in the arena, at least.
pub(super) const GRAIN: usize = 16;

/// Sizes up to here have a free list for each multiple of the grain; larger ones
/// four for each doubling.
const SMALL: usize = 2048;
pub(super) const LISTS: usize = SMALL / GRAIN + 1 + 4 * 40;

/// Where memory comes from: [`UNDERNEATH`], [`ARENA_FIRST`] or [`POCKET_FIRST`].
static SOURCE: AtomicU8 = AtomicU8::new(UNDERNEATH);
const UNDERNEATH: u8 = 0;
const ARENA_FIRST: u8 = 1;
const POCKET_FIRST: u8 = 2;

static ARENA: Arena = Arena { locked: AtomicBool::new(false), state: UnsafeCell::new(State::new()) };

struct Arena {
    locked: AtomicBool,
    state: UnsafeCell<State>,
}

// SAFETY: the state is touched only by `Arena::with`, under its lock.
unsafe impl Sync for Arena {}

struct State {
    used: usize,
    free: [usize; LISTS],
    script: Option<Script>,
    /// Where the first block is.
    start: usize,
    /// How many bytes have places of their own.
    placed: usize,
    births: Option<Births>,
}

impl State {
    const fn new() -> Self {
        Self { used: PLACES, free: [0; LISTS], script: None, start: PLACES, placed: 0, births: None }
    }

    /// A block from wherever there is room; 0 if there is none.
    fn take(&mut self, list: usize, size: usize, align: usize) -> usize {
        let first = self.free.get(list).copied().unwrap_or_default();
        if align == GRAIN && first != 0 {
            // SAFETY: a free block begins with the address of the next one, and belongs to nobody.
            self.free[list] = unsafe { *(first as *const usize) };
            return first;
        }
        let start = (BASE + self.used).next_multiple_of(align);
        let end = start.saturating_add(size);
        if end > BASE + CAPACITY {
            return 0;
        }
        self.used = end - BASE;
        start
    }
}

impl Arena {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        while self.locked.swap(true, Ordering::Acquire) {
            std::hint::spin_loop();
        }
        // SAFETY: the lock is held, and `work` cannot come back here: it allocates nothing.
        let result = work(unsafe { &mut *self.state.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

/// The list and the rounded size for a size.
pub(super) fn class(size: usize) -> (usize, usize) {
    let rounded = size.max(GRAIN).next_multiple_of(GRAIN);
    if rounded <= SMALL {
        return (rounded / GRAIN, rounded);
    }
    // 2^(power - 1) < rounded <= 2^power
    let power = usize::BITS as usize - (rounded - 1).leading_zeros() as usize;
    let (below, quarter) = (1 << (power - 1), 1 << (power - 3));
    let quarters = (rounded - below).div_ceil(quarter);
    (SMALL / GRAIN + (power - 12) * 4 + quarters, below + quarters * quarter)
}

/// Whether memory is recorded just now.
#[inline]
pub(super) fn is_recording() -> bool {
    SOURCE.load(Ordering::Relaxed) == ARENA_FIRST
}

/// Turns recording on or off. The arena must have been reserved before.
pub(super) fn set_recording(on: bool) {
    SOURCE.store(if on { ARENA_FIRST } else { UNDERNEATH }, Ordering::SeqCst);
}

/// Turns to the pocket, which must have been opened.
pub(super) fn allocate_from_pocket() {
    SOURCE.store(POCKET_FIRST, Ordering::SeqCst);
}

#[inline]
fn is_underneath() -> bool {
    SOURCE.load(Ordering::Relaxed) == UNDERNEATH
}

/// Whether the address is none of the allocator's underneath.
#[inline]
fn is_ours(pointer: *const u8) -> bool {
    (pointer as usize).wrapping_sub(BASE) < CAPACITY + pocket::CAPACITY
}

/// Does work of our own in the midst of a recording, with memory that no image holds. Nothing
/// of the interpreter may come to hold what it allocates.
pub(super) fn unrecorded<T>(work: impl FnOnce() -> T) -> T {
    let source = SOURCE.swap(UNDERNEATH, Ordering::SeqCst);
    let result = work();
    SOURCE.store(source, Ordering::SeqCst);
    result
}

/// Whether the address is one of the arena.
#[inline]
pub(super) fn contains(pointer: *const u8) -> bool {
    (pointer as usize).wrapping_sub(BASE) < CAPACITY
}

/// What of the arena holds, or held, something, in whole pages.
pub(super) fn used() -> Range<usize> {
    ARENA.with(|state| BASE + state.start..BASE + state.used.next_multiple_of(super::format::PAGE))
}

/// Takes memory from the arena; null when it is full.
#[cold]
pub(super) fn allocate(layout: Layout) -> *mut u8 {
    let (list, size) = class(layout.size());
    let align = layout.align().max(GRAIN);
    let address = ARENA.with(|state| {
        // Everything else lies where it lay in the recording that the script is from: what is
        // found by its address, is found in both, and takes the same blocks.
        let place = state.script.as_mut().and_then(|script| script.next(size)).filter(|_| align == GRAIN);
        let mut address = state.take(list, size, align);
        if let Some(place) = place.filter(|_| address != 0) {
            // SAFETY: the block is that long, and nobody's. What it held as a free one is foreign.
            unsafe { ptr::write_bytes(address as *mut u8, 0, GRAIN) };
            address = BASE + place * GRAIN;
            state.placed += size;
        }
        if let Some(births) = &mut state.births {
            births.note(address, size);
        }
        address
    });
    address as *mut u8
}

/// Notes from now on which blocks are taken, and where.
pub(super) fn note_births() -> std::io::Result<()> {
    let births = Births::new()?;
    ARENA.with(|state| state.births = Some(births));
    Ok(())
}

/// The number of the block that holds this address, and where it is, if it was noted.
pub(super) fn birth_of(address: usize) -> Option<(usize, Range<usize>)> {
    ARENA.with(|state| state.births.as_ref()?.find(address))
}

/// How many blocks were noted.
pub(super) fn births() -> usize {
    ARENA.with(|state| state.births.as_ref().map_or(0, Births::count))
}

/// The size in bytes of the block of this number.
pub(super) fn size_of_birth(number: usize) -> usize {
    ARENA.with(|state| state.births.as_ref().map_or(0, |births| births.size(number)))
}

/// How many bytes have places of their own.
pub(super) fn placed() -> usize {
    ARENA.with(|state| state.placed)
}

/// Has blocks where the script says; the first of them is so many bytes from the beginning of the
/// arena. Nothing may have been taken yet.
pub(super) fn follow(script: Vec<Line>, start: usize) {
    if !script.is_empty() {
        // For the rest of the process, as the recording is.
        let script = Script::of(Vec::leak(script));
        ARENA.with(|state| (state.script, state.start) = (Some(script), start.min(PLACES)));
    }
}

/// Gives memory of the arena back. After the recording there is nothing to give
/// it back to: what an image holds is never used again.
///
/// # Safety
///
/// The block must have come from [`allocate`] with this size, and nobody may use it any more.
#[cold]
pub(super) unsafe fn release(pointer: *mut u8, size: usize) {
    if !is_recording() {
        return;
    }
    let (list, size) = class(size);
    ARENA.with(|state| {
        // SAFETY: the block is `size` bytes and nobody's. Zeros, so that an image holds no
        // remains of what was freed.
        unsafe {
            ptr::write_bytes(pointer, 0, size);
            if let Some(births) = &mut state.births {
                births.forget(pointer as usize);
            }
            if (pointer as usize) < BASE + PLACES {
                // What is placed there is meant to be.
                return;
            }
            *pointer.cast::<usize>() = state.free[list];
        }
        state.free[list] = pointer as usize;
    });
}

/// An allocator that can record: the arena while an image is made, `A` otherwise.
///
/// A binary that makes or uses images has it as its `#[global_allocator]`.
#[derive(Debug, Default)]
pub struct Recorder<A>(A);

impl<A> Recorder<A> {
    /// An allocator above `inner`.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }
}

// SAFETY: each block comes from the arena or from `A`, or from the pocket, which all keep the
// contract, and goes back to the one it came from, which its address tells.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Recorder<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_underneath() {
            // SAFETY: the caller's promise.
            return unsafe { self.0.alloc(layout) };
        }
        let pointer = ours(layout);
        if pointer.is_null() && !is_recording() {
            // SAFETY: the caller's promise.
            return unsafe { self.0.alloc(layout) };
        }
        pointer
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if is_ours(pointer) {
            // SAFETY: only `allocate` and the pocket hand out such addresses.
            return unsafe { give_back(pointer, layout.size()) };
        }
        // SAFETY: the caller's promise, and the block is not ours.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_underneath() {
            // SAFETY: the caller's promise.
            return unsafe { self.0.alloc_zeroed(layout) };
        }
        let pointer = ours(layout);
        if pointer.is_null() && !is_recording() {
            // SAFETY: the caller's promise.
            return unsafe { self.0.alloc_zeroed(layout) };
        }
        if !pointer.is_null() {
            // SAFETY: the block is at least that long.
            unsafe { ptr::write_bytes(pointer, 0, layout.size()) };
        }
        pointer
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_ours(pointer) {
            // SAFETY: the caller's promise, and the block is not ours.
            return unsafe { self.0.realloc(pointer, layout, size) };
        }
        if pocket::contains(pointer) && pocket::is_same_size(layout.size(), size) {
            return pointer;
        }
        // SAFETY: the caller promises that the new size fits the alignment; both blocks are at
        // least as long as what is copied, and different.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(pointer, new, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            new
        }
    }
}

/// From the arena while that is recorded, from the pocket otherwise; null if there is none.
#[cold]
fn ours(layout: Layout) -> *mut u8 {
    if is_recording() { allocate(layout) } else { pocket::allocate(layout) }
}

/// Gives a block of the arena or of the pocket back.
///
/// # Safety
///
/// The block must have come from there with this size, and nobody may use it any more.
#[cold]
unsafe fn give_back(pointer: *mut u8, size: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if pocket::contains(pointer) {
            pocket::release(pointer, size);
        } else {
            release(pointer, size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_list_that_fits_it() {
        let mut last = (0, 0);
        for size in (0..5000).chain((5000..CAPACITY).step_by(1 << 20)).chain([CAPACITY]) {
            let (list, rounded) = class(size);
            assert!(rounded >= size && rounded % GRAIN == 0 && list < LISTS, "{size}: {list} {rounded}");
            // Two sizes share a list only if they are rounded to the same.
            assert!((list == last.0) == (rounded == last.1), "{size}");
            last = (list, rounded);
        }
    }
}
