//! The pack: one immutable, mapped file that holds many artifacts.
//!
//! Each lies in it in the very bytes that would be its own file, and is verified in the same
//! way. Opening a pack reads its header and its fences; a block of the table is checked when a
//! look-up first comes to it, an artifact when it is first used.

use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};

use zerocopy::FromBytes;

use crate::artifact::{self, ArtifactError};
use crate::key::Key;
use crate::pack_format::{self, BLOCK_ROWS, DATA_ALIGN, Head, RawFence, RawRow, Sections, check_header};

pub use crate::pack_format::{MAGIC, PackError};

const UNKNOWN: u8 = 0;
const GOOD: u8 = 1;
const BAD: u8 = 2;

/// A pack, opened. What was found good or bad about its parts is remembered.
#[derive(Debug)]
pub struct Pack<B> {
    bytes: B,
    sections: Sections,
    /// What is known of each block of the table.
    blocks: Box<[AtomicU8]>,
    /// What is known of each artifact.
    entries: Box<[AtomicU8]>,
}

fn unknown(len: usize) -> Box<[AtomicU8]> {
    std::iter::repeat_with(|| AtomicU8::new(UNKNOWN)).take(len).collect()
}

impl<B: AsRef<[u8]>> Pack<B> {
    /// Opens a pack: checks the header, its hash, and the fences.
    ///
    /// # Errors
    ///
    /// The first check that fails, as a [`PackError`].
    pub fn open(bytes: B) -> Result<Self, PackError> {
        let (len, sections) = check_header(bytes.as_ref())?;
        let (blocks, entries) = (unknown(len.div_ceil(BLOCK_ROWS)), unknown(len));
        let pack = Self { bytes, sections, blocks, entries };
        if pack.fences().is_sorted_by(|a, b| a.first_key < b.first_key) {
            Ok(pack)
        } else {
            Err(PackError::BadHeader { what: "fences out of order" })
        }
    }

    /// Number of artifacts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Never: there are no packs of nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of the artifact of `key`, if the pack holds one. The block of the table that it
    /// would be in is checked the first time.
    ///
    /// # Errors
    ///
    /// [`PackError::TableHashMismatch`] if that block was changed.
    pub fn find(&self, key: &Key) -> Result<Option<usize>, PackError> {
        let key = key.as_bytes();
        let after = self.fences().partition_point(|fence| fence.first_key <= *key);
        let Some(block) = after.checked_sub(1) else {
            return Ok(None);
        };
        let rows = self.checked_block(block)?;
        let found = rows.binary_search_by(|row| row.key.cmp(key));
        Ok(found.ok().map(|at| block * BLOCK_ROWS + at))
    }

    /// The bytes of an artifact, not verified. Empty if the table makes no sense.
    #[must_use]
    pub fn bytes_of(&self, index: usize) -> &[u8] {
        self.range_of(index).and_then(|range| self.all().get(range)).unwrap_or_default()
    }

    /// The keys of all artifacts, in the order of their numbers, not verified.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.rows().iter().map(RawRow::key)
    }

    /// Checks all of the table: hashes, order, no gap and no overlap. The artifacts are left
    /// for [`Pack::verify`].
    ///
    /// # Errors
    ///
    /// The first check that fails, as a [`PackError`].
    pub fn check(&self) -> Result<(), PackError> {
        for block in 0..self.blocks.len() {
            self.checked_block(block)?;
        }
        let mut end = self.sections.data_off;
        let mut previous: Option<[u8; 32]> = None;
        for (index, row) in self.rows().iter().enumerate() {
            let fault = |what| PackError::BadRow { index, what };
            if previous.is_some_and(|previous| previous >= row.key) {
                return Err(fault("out of order"));
            }
            let fence = self.fences().get(index / BLOCK_ROWS);
            if index.is_multiple_of(BLOCK_ROWS) && fence.is_none_or(|fence| fence.first_key != row.key) {
                return Err(fault("contradicts its fence"));
            }
            let range = self.range_of(index).ok_or(fault("outside the file"))?;
            if Some(range.start) != end.checked_next_multiple_of(DATA_ALIGN) {
                return Err(fault("not where it belongs"));
            }
            (end, previous) = (range.end, Some(row.key));
        }
        if end != self.all().len() {
            return Err(PackError::BadHeader { what: "data that nothing refers to" });
        }
        Ok(())
    }

    /// Verifies an artifact as a file of its own would be, and the padding behind it.
    ///
    /// # Errors
    ///
    /// The first check that fails, as an [`ArtifactError`].
    pub fn verify(&self, index: usize) -> Result<(), ArtifactError> {
        self.locate(index, true).map(drop)
    }

    /// Where the parts of an artifact lie in the file. Verified the first time, or if `again`.
    pub(crate) fn locate(&self, index: usize, again: bool) -> Result<Located, ArtifactError> {
        let fault = |what| ArtifactError::BadHeader { what };
        let row = self.rows().get(index).ok_or(fault("no such entry"))?;
        let range = self.range_of(index).ok_or(fault("outside the pack"))?;
        let bytes = self.all().get(range.clone()).unwrap_or_default();
        let known = self.entries.get(index);
        let verdict = known.map_or(BAD, |known| known.load(Ordering::Acquire));
        let sections = if verdict == GOOD && !again {
            artifact::sections_of(bytes)?
        } else if verdict == BAD && !again {
            return Err(fault("found bad before"));
        } else {
            let found = self.verified(&range, bytes, &row.key());
            let verdict = if found.is_ok() { GOOD } else { BAD };
            known.inspect(|known| known.store(verdict, Ordering::Release));
            found?
        };
        let shifted = |part: Range<usize>| range.start + part.start..range.start + part.end;
        Ok(Located { len: range.len(), meta: shifted(sections.meta), payload: shifted(sections.payload) })
    }

    fn verified(&self, range: &Range<usize>, bytes: &[u8], key: &Key) -> Result<artifact::Sections, ArtifactError> {
        let (_, sections) = artifact::locate(bytes, Some(key))?;
        let all = self.all();
        let padding_end = range.end.next_multiple_of(DATA_ALIGN).min(all.len());
        if all.get(range.end..padding_end).is_none_or(|padding| padding.iter().any(|&byte| byte != 0)) {
            return Err(ArtifactError::BadHeader { what: "padding is not zero" });
        }
        Ok(sections)
    }

    /// Records that an artifact is bad, for a reason that its hash does not tell.
    pub(crate) fn condemn(&self, index: usize) {
        self.entries.get(index).inspect(|known| known.store(BAD, Ordering::Release));
    }

    /// Whether the artifact was found bad.
    pub(crate) fn is_bad(&self, index: usize) -> bool {
        self.entries.get(index).is_none_or(|known| known.load(Ordering::Acquire) == BAD)
    }

    pub(crate) fn bytes(&self) -> &B {
        &self.bytes
    }

    pub(crate) fn all(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    fn range_of(&self, index: usize) -> Option<Range<usize>> {
        self.rows().get(index)?.range(self.sections.data_off, self.all().len())
    }

    fn checked_block(&self, block: usize) -> Result<&[RawRow], PackError> {
        let fault = PackError::TableHashMismatch { block };
        let start = block * BLOCK_ROWS;
        let end = (start + BLOCK_ROWS).min(self.len());
        let parts = self.rows().get(start..end).zip(self.fences().get(block)).zip(self.blocks.get(block));
        let Some(((rows, fence), known)) = parts else {
            return Err(fault);
        };
        if known.load(Ordering::Relaxed) != GOOD {
            if !fence.matches(rows) {
                return Err(fault);
            }
            known.store(GOOD, Ordering::Relaxed);
        }
        Ok(rows)
    }

    fn fences(&self) -> &[RawFence] {
        let bytes = self.all().get(self.sections.fences.clone()).unwrap_or_default();
        <[RawFence]>::ref_from_bytes(bytes).unwrap_or_default()
    }

    fn rows(&self) -> &[RawRow] {
        let bytes = self.all().get(self.sections.rows.clone()).unwrap_or_default();
        <[RawRow]>::ref_from_bytes(bytes).unwrap_or_default()
    }
}

/// Where an artifact lies in its pack.
pub(crate) struct Located {
    pub(crate) len: usize,
    pub(crate) meta: Range<usize>,
    pub(crate) payload: Range<usize>,
}

/// The bytes of the pack of these artifacts, in whatever order they are given. Of several with
/// one key, one stays. `None` for no artifacts, and for more than a pack can hold.
#[must_use]
pub fn encode(mut artifacts: Vec<(Key, Vec<u8>)>) -> Option<Vec<u8>> {
    pack_format::sort(&mut artifacts);
    let mut bytes = Vec::new();
    Head::new(&artifacts)?.write(&artifacts, &mut bytes).ok()?;
    Some(bytes)
}
