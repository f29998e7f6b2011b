//! Where blocks of memory are to be, so that those that are used together lie together.

use super::arena::{GRAIN, PLACES};

/// What blocks are used for, in the order in which they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Every program writes to them.
    AllWrite,
    /// Every program reads them.
    AllRead,
    /// So does every isolated run, to others than the first.
    IsolatedWrite,
    /// Every isolated run reads them.
    IsolatedRead,
    /// Some programs write to them.
    SomeWrite,
    /// Some programs read them.
    SomeRead,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::AllWrite, Self::AllRead, Self::IsolatedWrite, Self::IsolatedRead, Self::SomeWrite, Self::SomeRead];
}

/// How many parts, of those at the beginning, it is worth having whole as soon as an image is
/// restored: two for every program, two more for an isolated run.
pub(super) const USED_PARTS: usize = 4;

/// A block that is to be moved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) number: usize,
    pub(super) part: Part,
    pub(super) size: usize,
    /// Where it is now, if it has to be at the same address modulo [`SLOTS`].
    pub(super) slot: Option<usize>,
}

/// What is looked for by its address, by a hash of the lower bits of it.
pub(super) const SLOTS: usize = 32 << 10;

/// A page, in grains.
const PAGE: usize = super::format::PAGE / GRAIN;

/// Where all blocks are to be, in grains from the beginning of the arena.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// By number.
    pub(super) places: Vec<(usize, usize)>,
    /// Where the first part begins.
    pub(super) start: usize,
    /// How long the first parts are.
    pub(super) used: [usize; USED_PARTS],
}

/// Lays out blocks; none if there is no room for all.
pub(super) fn lay_out(blocks: &[Block]) -> Layout {
    let mut taken = Taken(Vec::new());
    let mut used = [0; USED_PARTS];
    let mut places = Vec::new();
    let mut floor = 0;
    for (number, part) in Part::ALL.into_iter().enumerate() {
        let of_part = || blocks.iter().filter(|block| block.part == part);
        // Those that have little choice first; the others fill what they leave.
        for block in of_part() {
            if let Some(slot) = block.slot {
                let (slot, slots) = (slot / GRAIN % (SLOTS / GRAIN), SLOTS / GRAIN);
                let first = floor / slots * slots + slot;
                let mut at = if first < floor { first + slots } else { first };
                while !taken.is_free(at, block.size / GRAIN) {
                    at += slots;
                }
                taken.take(at, block.size / GRAIN);
                places.push((block.number, at));
            }
        }
        let mut from = floor;
        for block in of_part().filter(|block| block.slot.is_none()) {
            let mut at = from;
            while !taken.is_free(at, block.size / GRAIN) {
                at += 1;
            }
            taken.take(at, block.size / GRAIN);
            places.push((block.number, at));
            from = taken.first_free(from);
        }
        let end = taken.0.len().next_multiple_of(PAGE);
        if let Some(len) = used.get_mut(number) {
            *len = end - floor;
        }
        floor = end;
    }
    let Some(start) = (PLACES / GRAIN).checked_sub(floor.next_multiple_of(SLOTS / GRAIN)) else {
        return Layout::default();
    };
    for (_, at) in &mut places {
        *at += start;
    }
    Layout { places, start, used }
}

/// Which grains are taken.
struct Taken(Vec<bool>);

impl Taken {
    fn is_free(&self, start: usize, len: usize) -> bool {
        (start..start + len).all(|at| !self.0.get(at).copied().unwrap_or_default())
    }

    fn take(&mut self, start: usize, len: usize) {
        if self.0.len() < start + len {
            self.0.resize(start + len, false);
        }
        self.0.iter_mut().skip(start).take(len).for_each(|taken| *taken = true);
    }

    fn first_free(&self, from: usize) -> usize {
        (from..self.0.len()).find(|at| self.is_free(*at, 1)).unwrap_or_else(|| self.0.len().max(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn blocks_lie_apart_in_their_parts_and_in_their_slots(
            blocks in proptest::collection::vec((0..6_usize, 1..300_usize, proptest::option::of(0..1_000_000_usize)), 0..300)
        ) {
            let blocks: Vec<Block> = blocks
                .into_iter()
                .enumerate()
                .map(|(number, (of, size, slot))| Block {
                    number,
                    part: Part::ALL[of],
                    size: size * GRAIN,
                    slot: slot.map(|slot| slot * GRAIN),
                })
                .collect();
            let layout = lay_out(&blocks);
            proptest::prop_assert_eq!(layout.places.len(), blocks.len());
            let mut ranges: Vec<_> = layout.places.iter().map(|(number, at)| {
                let block = blocks[*number];
                if let Some(slot) = block.slot {
                    assert_eq!(at * GRAIN % SLOTS, slot % SLOTS);
                }
                let from = at - layout.start;
                let before: usize = layout.used.iter().take(block.part as usize).sum();
                let end = layout.used.get(block.part as usize).map_or(usize::MAX, |len| before + len);
                let is_in = from >= before && from + block.size / GRAIN <= end;
                assert!(is_in, "{block:?} at {from}");
                *at..at + block.size / GRAIN
            }).collect();
            ranges.sort_by_key(|range| range.start);
            proptest::prop_assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
            proptest::prop_assert!(ranges.last().is_none_or(|last| last.end <= PLACES / GRAIN));
        }
    }
}
