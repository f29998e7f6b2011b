//! Which block of memory is which, in two recordings of the same.
//!
//! The recorder knows nothing of a block but its size and when it was taken. One recording
//! takes much the same blocks as another, in the same order, but not quite: what the engine looks
//! up by address it does not always find. So the sizes of the first are the script of the second,
//! which is followed as long as it is the same; when it is not, the place in the script is looked
//! for at which the last sizes are.

#![allow(unsafe_code, reason = "tables that are larger than what is used of them, in memory from the system")]

use std::{io, ops::Range, ptr};

use super::arena::{BASE, CAPACITY, GRAIN};

/// One block: how large it is and where it is to be, in grains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    size: u32,
    /// From the beginning of the arena, and one more; 0 is wherever there is room.
    place: u32,
}

impl Line {
    /// A block of this size in bytes, wherever there is room.
    pub(super) fn of(size: usize) -> Self {
        Self { size: u32::try_from(size / GRAIN).unwrap_or(u32::MAX), place: 0 }
    }

    /// The same at this many grains from the beginning of the arena.
    pub(super) fn at(self, grain: usize) -> Self {
        Self { place: u32::try_from(grain + 1).unwrap_or(0), ..self }
    }

    /// Its size, in bytes.
    pub(super) const fn size(self) -> usize {
        self.size as usize * GRAIN
    }

    /// Whether it has a place of its own.
    pub(super) const fn is_placed(self) -> bool {
        self.place != 0
    }

    /// As bytes, for another process.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.size) | u64::from(self.place) << 32).to_le_bytes()
    }

    /// From bytes.
    pub(super) fn from_bytes(bytes: [u8; 8]) -> Self {
        let both = u64::from_le_bytes(bytes);
        let [size, place] = [both, both >> 32].map(|half| u32::try_from(half & u64::from(u32::MAX)).unwrap_or(0));
        Self { size, place }
    }
}

/// How far away a place in the script is looked for, and how many sizes in a row tell it from
/// others: the farther away the more.
const REACHES: [(usize, usize); 3] = [(24, 6), (200, 12), (4000, MOST_SIZES)];

const MOST_SIZES: usize = 32;

/// The lines of an earlier recording, and which of them is next in this one.
pub(super) struct Script {
    lines: &'static mut [Line],
    at: usize,
    lost: bool,
    /// The last sizes, the newest at the end.
    recent: [u32; MOST_SIZES],
}

impl Script {
    pub(super) const fn of(lines: &'static mut [Line]) -> Self {
        Self { lines, at: 0, lost: false, recent: [0; MOST_SIZES] }
    }

    /// Where the next block is to be, which has this size, in grains from the beginning of the
    /// arena. No place is told twice.
    pub(super) fn next(&mut self, size: usize) -> Option<usize> {
        if self.lines.is_empty() {
            return None;
        }
        let size = Line::of(size).size;
        self.recent.rotate_left(1);
        if let Some(last) = self.recent.last_mut() {
            *last = size;
        }
        self.at += 1;
        let is_next = !self.lost && self.lines.get(self.at - 1).is_some_and(|line| line.size == size);
        if !is_next {
            let found = REACHES.into_iter().find_map(|(reach, sizes)| {
                let mut ends =
                    (0..reach).flat_map(|far| [self.at.checked_sub(far), self.at.checked_add(far)]).flatten();
                ends.find(|end| self.is_at(*end, sizes))
            });
            self.lost = found.is_none();
            self.at = found?;
        }
        let place = std::mem::take(&mut self.lines.get_mut(self.at.checked_sub(1)?)?.place);
        place.checked_sub(1).map(|place| place as usize)
    }

    /// Whether so many of the last sizes are those of the lines up to here.
    fn is_at(&self, end: usize, sizes: usize) -> bool {
        let lines = end.checked_sub(sizes).and_then(|start| self.lines.get(start..end));
        let recent = self.recent.get(MOST_SIZES - sizes..).unwrap_or_default();
        lines.is_some_and(|lines| lines.iter().zip(recent).rev().all(|(line, recent)| line.size == *recent))
    }
}

/// A block that was taken: its number, from 1, and its size in grains.
#[derive(Clone, Copy)]
struct Birth {
    number: u32,
    size: u32,
}

/// The blocks of a recording: what they are in order, and which of them is where.
pub(super) struct Births {
    /// For each grain of the arena what begins there.
    places: *mut Birth,
    lines: *mut Line,
    count: usize,
}

// SAFETY: the tables are this value's own.
unsafe impl Send for Births {}

/// As many blocks as can be noted.
const MOST: usize = 1 << 28;

impl Births {
    /// Takes address space for all there could be, and memory for what is used of it. It goes
    /// with the process.
    pub(super) fn new() -> io::Result<Self> {
        let places = reserve(CAPACITY / GRAIN * size_of::<Birth>())?.cast();
        let lines = reserve(MOST * size_of::<Line>())?.cast();
        Ok(Self { places, lines, count: 0 })
    }

    fn place(&self, address: usize) -> Option<*mut Birth> {
        let at = address.checked_sub(BASE)? / GRAIN;
        // SAFETY: there is one for each grain.
        (at < CAPACITY / GRAIN).then(|| unsafe { self.places.add(at) })
    }

    /// A block was taken.
    pub(super) fn note(&mut self, address: usize, size: usize) {
        let (Some(place), true) = (self.place(address), self.count < MOST) else { return };
        let line = Line::of(size);
        // SAFETY: both are in their tables, which nobody else has.
        unsafe {
            *self.lines.add(self.count) = line;
            self.count += 1;
            *place = Birth { number: u32::try_from(self.count).unwrap_or(u32::MAX), size: line.size };
        }
    }

    /// A block was given back.
    pub(super) fn forget(&mut self, address: usize) {
        if let Some(place) = self.place(address) {
            // SAFETY: it is in the table, which nobody else has.
            unsafe { *place = Birth { number: 0, size: 0 } };
        }
    }

    /// The number, from 0, of the block that holds this address, and where it is.
    pub(super) fn find(&self, address: usize) -> Option<(usize, Range<usize>)> {
        let mut start = address / GRAIN * GRAIN;
        loop {
            // SAFETY: it is in the table; all zeros is an entry, of no block.
            let Birth { number, size } = unsafe { *self.place(start)? };
            if number != 0 {
                let block = start..start + size as usize * GRAIN;
                return block.contains(&address).then_some((number as usize - 1, block));
            }
            start -= GRAIN;
        }
    }

    /// How many were taken.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The size of a block, in bytes.
    pub(super) fn size(&self, number: usize) -> usize {
        // SAFETY: it is one of those that were noted.
        if number < self.count { unsafe { *self.lines.add(number) }.size() } else { 0 }
    }
}

fn reserve(len: usize) -> io::Result<*mut libc::c_void> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping, wherever there is room.
    let memory = unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if memory == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(memory) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_found_again_after_what_is_not_in_it() {
        // Sizes that do not repeat themselves.
        let sizes: Vec<usize> = (0..1000_usize).map(|n| (n * n * 7 + n) % 97 * GRAIN).collect();
        let lines = sizes.iter().enumerate().map(|(n, size)| Line::of(*size).at(n));
        let mut script = Script::of(Vec::leak(lines.collect()));
        let (mut right, mut lost) = (0, 0);
        for (n, size) in sizes.iter().enumerate() {
            // Now and then there is one more, or one less.
            if n % 100 == 50 {
                assert_eq!(script.next(99 * GRAIN), None);
            }
            if n % 100 == 80 {
                continue;
            }
            match script.next(*size) {
                Some(place) if place == n => right += 1,
                Some(place) => panic!("{place} for {n}"),
                None => lost += 1,
            }
        }
        assert!(right > 800 && lost < 190, "{right} {lost}");
    }

    #[test]
    fn no_place_is_told_twice() {
        let mut script = Script::of(Vec::leak((0..100).map(|n| Line::of(GRAIN).at(n)).collect()));
        let told: Vec<usize> = (0..400).filter_map(|n| script.next(GRAIN * (1 + n % 3 / 2))).collect();
        let different: std::collections::BTreeSet<_> = told.iter().collect();
        assert_eq!(told.len(), different.len());
        assert!(!told.is_empty());
    }

    #[test]
    fn lines_survive_as_bytes() {
        for line in [Line::of(48), Line::of(usize::MAX).at(7), Line::of(GRAIN).at(1 << 20)] {
            assert_eq!(Line::from_bytes(line.to_bytes()), line);
        }
    }

    #[test]
    fn blocks_are_found_by_any_address_in_them() {
        let mut births = Births::new().unwrap();
        births.note(BASE + 64, 48);
        births.note(BASE + 112, 16);
        let found = [64, 80, 111, 112].map(|at| births.find(BASE + at));
        let [first, second] = [(0, 64..112), (1, 112..128)]
            .map(|(number, block): (usize, Range<usize>)| Some((number, BASE + block.start..BASE + block.end)));
        assert_eq!(found, [first.clone(), first.clone(), first, second]);
        assert_eq!(births.find(BASE + 128), None);
        assert_eq!(births.find(BASE), None);
        births.forget(BASE + 112);
        assert_eq!(births.find(BASE + 112), None);
        assert_eq!((births.count(), births.size(0), births.size(1), births.size(2)), (2, 48, 16, 0));
    }
}
