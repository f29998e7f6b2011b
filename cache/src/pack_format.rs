//! The pack on disk: its header, its table, its errors, and how it is written.
//!
//! The sections follow one another in one order without gaps, so a pack of given artifacts has
//! exactly one encoding: header, fences, rows, zero padding to 64 bytes, the artifacts in the
//! order of their keys.

use std::io::{self, Write};
use std::ops::Range;

use thiserror::Error;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::{FORMAT_VERSION, Key};

/// The first bytes of every pack.
pub const MAGIC: [u8; 8] = *b"\x89PYCPK\r\n";

/// Size of the fixed header, in bytes.
pub(crate) const HEADER_LEN: u32 = 64;

/// The artifacts start at multiples of this many bytes, as they do in files of their own.
pub(crate) const DATA_ALIGN: usize = 64;

/// Rows that share a fence: what a look-up hashes before it trusts a row.
pub(crate) const BLOCK_ROWS: usize = 64;

/// The header as it lies on disk. Integers are little-endian, nothing is aligned.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(crate) struct RawHeader {
    magic: [u8; 8],
    format_version: U32,
    header_len: U32,
    flags: U32,
    entry_count: U32,
    file_len: U64,
    index_hash: [u8; 32],
}

const _: () = assert!(size_of::<RawHeader>() == HEADER_LEN as usize);

/// The part of the header that the index hash covers: every byte before the hash itself.
const HASHED_HEADER_LEN: usize = std::mem::offset_of!(RawHeader, index_hash);

/// What stands for a block of rows: a look-up finds its block here, and trusts it by its hash.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(crate) struct RawFence {
    pub(crate) first_key: [u8; 32],
    /// blake3 of the rows of the block.
    rows_hash: [u8; 32],
}

/// A row of the table as it lies on disk.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(crate) struct RawRow {
    pub(crate) key: [u8; 32],
    /// Where the artifact starts, from the start of the file.
    offset: U64,
    len: U64,
}

const FENCE_LEN: usize = size_of::<RawFence>();
const ROW_LEN: usize = size_of::<RawRow>();
const _: () = assert!(FENCE_LEN == 64 && ROW_LEN == 48);

/// Bytes are not a pack of this version, or its table is damaged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PackError {
    /// Not even a header.
    #[error("{len} bytes are too short for a pack")]
    TooShort {
        /// Size of the file, in bytes.
        len: usize,
    },
    /// The file is of another kind.
    #[error("not a pack")]
    BadMagic,
    /// Another version of the format.
    #[error("format version {found} is not supported")]
    UnsupportedVersion {
        /// The version in the header.
        found: u32,
    },
    /// A field of the header, or the padding, has a value that this version never writes.
    #[error("bad header: {what}")]
    BadHeader {
        /// What is wrong.
        what: &'static str,
    },
    /// The file is shorter or longer than its header says.
    #[error("{found} bytes where the header calls for {expected}")]
    LengthMismatch {
        /// Size of the file by its header, in bytes.
        expected: u64,
        /// Size of the file, in bytes.
        found: u64,
    },
    /// The header or the fences were changed after they were written.
    #[error("the index does not match its hash")]
    IndexHashMismatch,
    /// Rows were changed after they were written.
    #[error("block {block} of the table does not match its hash")]
    TableHashMismatch {
        /// Number of the block, from zero.
        block: usize,
    },
    /// A row of the table has a value that this version never writes.
    #[error("bad row {index}: {what}")]
    BadRow {
        /// Number of the row, from zero.
        index: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// Where the sections lie in the file.
#[derive(Clone, Debug)]
pub(crate) struct Sections {
    pub(crate) fences: Range<usize>,
    pub(crate) rows: Range<usize>,
    /// Up to the end of the file.
    pub(crate) data_off: usize,
}

impl Sections {
    /// The one layout of this many entries. `None` if it is more than memory can hold.
    fn new(entries: usize) -> Option<Self> {
        let fences_start = HEADER_LEN as usize;
        let fences_end = entries.div_ceil(BLOCK_ROWS).checked_mul(FENCE_LEN)?.checked_add(fences_start)?;
        let rows_end = entries.checked_mul(ROW_LEN)?.checked_add(fences_end)?;
        Some(Self {
            fences: fences_start..fences_end,
            rows: fences_end..rows_end,
            data_off: rows_end.checked_next_multiple_of(DATA_ALIGN)?,
        })
    }
}

/// Checks the header against the size of its file and the hash, and finds the sections, which
/// lie within the file. Returns the number of entries with them.
pub(crate) fn check_header(bytes: &[u8]) -> Result<(usize, Sections), PackError> {
    let (header, _) = RawHeader::ref_from_prefix(bytes).map_err(|_| PackError::TooShort { len: bytes.len() })?;
    let entries = header.entry_count(bytes.len() as u64)?;
    let sections = Sections::new(entries)
        .filter(|sections| sections.data_off <= bytes.len())
        .ok_or(PackError::BadHeader { what: "more entries than the file can hold" })?;
    let fences = bytes.get(sections.fences.clone()).unwrap_or_default();
    if header.hash_with(fences) != header.index_hash {
        return Err(PackError::IndexHashMismatch);
    }
    let padding = bytes.get(sections.rows.end..sections.data_off).unwrap_or_default();
    if padding.iter().any(|&byte| byte != 0) {
        return Err(PackError::BadHeader { what: "padding is not zero" });
    }
    Ok((entries, sections))
}

/// The number of entries by a header alone, which stands at the start of a file of this size.
pub(crate) fn entries_in(header: &[u8], file_len: u64) -> Option<u64> {
    let (header, _) = RawHeader::ref_from_prefix(header).ok()?;
    let entries = header.entry_count(file_len).ok()? as u64;
    (entries.checked_mul(ROW_LEN as u64)? <= file_len).then_some(entries)
}

impl RawHeader {
    /// The number of entries, after a check of everything that stands in the header alone.
    fn entry_count(&self, file_len: u64) -> Result<usize, PackError> {
        if self.magic != MAGIC {
            return Err(PackError::BadMagic);
        }
        if self.format_version.get() != FORMAT_VERSION {
            return Err(PackError::UnsupportedVersion { found: self.format_version.get() });
        }
        let what = if self.header_len.get() != HEADER_LEN {
            "unknown header length"
        } else if self.flags.get() != 0 {
            "unknown flags"
        } else if self.entry_count.get() == 0 {
            "no entries"
        } else if self.file_len.get() != file_len {
            return Err(PackError::LengthMismatch { expected: self.file_len.get(), found: file_len });
        } else {
            return usize::try_from(self.entry_count.get())
                .map_err(|_| PackError::BadHeader { what: "more entries than memory can hold" });
        };
        Err(PackError::BadHeader { what })
    }

    fn hash_with(&self, fences: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.as_bytes().get(..HASHED_HEADER_LEN).unwrap_or_default()).update(fences);
        *hasher.finalize().as_bytes()
    }
}

impl RawFence {
    pub(crate) fn matches(&self, rows: &[RawRow]) -> bool {
        self.rows_hash == *blake3::hash(rows.as_bytes()).as_bytes()
    }
}

impl RawRow {
    pub(crate) fn key(&self) -> Key {
        Key::from_bytes(self.key)
    }

    /// Where the artifact lies, if that is between `data_off` and the end of the file.
    pub(crate) fn range(&self, data_off: usize, file_len: usize) -> Option<Range<usize>> {
        let start = usize::try_from(self.offset.get()).ok()?;
        let end = start.checked_add(usize::try_from(self.len.get()).ok()?)?;
        (start >= data_off && start.is_multiple_of(DATA_ALIGN) && end <= file_len).then_some(start..end)
    }
}

/// All of a pack but the artifacts, and with it the name of the pack.
pub(crate) struct Head {
    bytes: Vec<u8>,
    pub(crate) hash: [u8; 32],
    #[cfg_attr(
        not(feature = "remote"),
        allow(dead_code, reason = "only what comes from a remote is written by place")
    )]
    rows: Range<usize>,
}

/// Brings artifacts into the order of a pack. Of several with one key, one stays.
pub(crate) fn sort<B: AsRef<[u8]>>(artifacts: &mut Vec<(Key, B)>) {
    artifacts.sort_unstable_by_key(|(key, _)| *key);
    artifacts.dedup_by_key(|(key, _)| *key);
}

impl Head {
    /// The head of a pack of these artifacts, which are [sorted](sort). `None` if they are more
    /// than a pack can hold, or none.
    pub(crate) fn new<B: AsRef<[u8]>>(artifacts: &[(Key, B)]) -> Option<Self> {
        Self::of_sizes(artifacts.iter().map(|(key, bytes)| (*key, bytes.as_ref().len())))
    }

    /// [`new`](Self::new), by the sizes of the artifacts alone.
    pub(crate) fn of_sizes(sizes: impl ExactSizeIterator<Item = (Key, usize)>) -> Option<Self> {
        let entry_count = u32::try_from(sizes.len()).ok().filter(|count| *count > 0)?;
        let sections = Sections::new(sizes.len())?;
        let mut end = sections.data_off;
        let mut rows = Vec::with_capacity(sizes.len());
        for (key, len) in sizes {
            let start = end.checked_next_multiple_of(DATA_ALIGN)?;
            rows.push(RawRow { key: *key.as_bytes(), offset: U64::new(start as u64), len: U64::new(len as u64) });
            end = start.checked_add(len)?;
        }
        let fence = |rows: &[RawRow]| RawFence {
            first_key: rows.first().map_or([0; 32], |row| row.key),
            rows_hash: *blake3::hash(rows.as_bytes()).as_bytes(),
        };
        let fences: Vec<RawFence> = rows.chunks(BLOCK_ROWS).map(fence).collect();
        let mut header = RawHeader {
            magic: MAGIC,
            format_version: U32::new(FORMAT_VERSION),
            header_len: U32::new(HEADER_LEN),
            flags: U32::ZERO,
            entry_count: U32::new(entry_count),
            file_len: U64::new(end as u64),
            index_hash: [0; 32],
        };
        header.index_hash = header.hash_with(fences.as_bytes());
        let mut bytes = [header.as_bytes(), fences.as_bytes(), rows.as_bytes()].concat();
        bytes.resize(sections.data_off, 0);
        Some(Self { bytes, hash: header.index_hash, rows: sections.rows })
    }

    /// What a pack begins with.
    #[cfg(feature = "remote")]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the artifacts begin in the file, in their order.
    #[cfg(feature = "remote")]
    pub(crate) fn starts(&self) -> impl Iterator<Item = u64> {
        let rows = self.bytes.get(self.rows.clone()).unwrap_or_default();
        <[RawRow]>::ref_from_bytes(rows).unwrap_or_default().iter().map(|row| row.offset.get())
    }

    /// Writes the pack of the artifacts that this is the head of.
    pub(crate) fn write<B: AsRef<[u8]>>(&self, artifacts: &[(Key, B)], out: &mut dyn Write) -> io::Result<()> {
        const ZEROS: [u8; DATA_ALIGN] = [0; DATA_ALIGN];
        out.write_all(&self.bytes)?;
        let mut unaligned = 0;
        for (_, bytes) in artifacts {
            let padding = (DATA_ALIGN - unaligned) % DATA_ALIGN;
            out.write_all(ZEROS.get(..padding).unwrap_or_default())?;
            out.write_all(bytes.as_ref())?;
            unaligned = bytes.as_ref().len() % DATA_ALIGN;
        }
        Ok(())
    }
}
