//! The bundle on disk: its header, its table of entries, its errors.
//!
//! The sections follow one another in one order without gaps, so a bundle of given entries has
//! exactly one encoding: header, table, names, manifest, zero padding to 64 bytes, data. An
//! executable one has a line for the operating system in front of that (`bundle_prefix`).

use std::fmt;
use std::ops::Range;

use thiserror::Error;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::wire::{self, BorrowDecode, BorrowDecoder, DecodeError, Encode, WireError};

/// The first bytes of every bundle.
pub const MAGIC: [u8; 8] = *b"\x89PYCBN\r\n";

/// Version of this format. Bundles have one of their own, as they travel further than the
/// objects of a store.
pub const VERSION: u32 = 2;

const HEADER_LEN: u32 = 192;

/// The bytes of each entry start at a multiple of this many bytes.
pub(crate) const DATA_ALIGN: usize = 64;

/// Largest entry after decompression, in bytes.
pub(crate) const RAW_LIMIT: u64 = 1 << 30;

/// Entry flag: the module is a package.
pub(crate) const FLAG_PACKAGE: u8 = 1;

pub(crate) const COMPRESSION_NONE: u8 = 0;
pub(crate) const COMPRESSION_ZSTD: u8 = 1;

/// The header as it lies on disk. Integers are little-endian, nothing is aligned.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(crate) struct RawHeader {
    magic: [u8; 8],
    format_version: U32,
    header_len: U32,
    flags: U32,
    entry_count: U32,
    table_off: U64,
    names_off: U64,
    names_len: U64,
    manifest_off: U64,
    manifest_len: U64,
    data_off: U64,
    file_len: U64,
    /// blake3 of the fingerprint of the compiler.
    engine_hash: [u8; 32],
    index_hash: [u8; 32],
    /// Bytes in front of this header.
    prefix_len: U64,
    /// blake3 of them; zeros if there are none.
    prefix_hash: [u8; 32],
    reserved: [u8; 8],
}

const _: () = assert!(size_of::<RawHeader>() == HEADER_LEN as usize);

/// The part of the header that the index hash covers: every byte before the hash itself.
const HASHED_HEADER_LEN: usize = std::mem::offset_of!(RawHeader, index_hash);

/// A row of the table as it lies on disk.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(crate) struct RawEntry {
    /// Where the name starts, from the start of the names.
    pub(crate) name_off: U32,
    pub(crate) name_len: U32,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) compression: u8,
    pub(crate) pad: [u8; 5],
    pub(crate) raw_len: U64,
    /// Where the bytes start, from the start of the file.
    pub(crate) stored_off: U64,
    pub(crate) stored_len: U64,
    pub(crate) key: [u8; 32],
    /// blake3 of the stored bytes.
    pub(crate) hash: [u8; 32],
    pub(crate) reserved: [u8; 8],
}

const ENTRY_LEN: usize = size_of::<RawEntry>();
const _: () = assert!(ENTRY_LEN == 112);

/// What an entry holds. The order is the order in the table among entries of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EntryKind {
    /// The code of a module, under its dotted name.
    Code = 0,
    /// The source of a module, under its dotted name.
    Source = 1,
    /// A data file, under its path with slashes.
    Data = 2,
}

impl EntryKind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Code, Self::Source, Self::Data].into_iter().find(|kind| *kind as u8 == byte)
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code => "code",
            Self::Source => "source",
            Self::Data => "data",
        })
    }
}

/// What a bundle says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct BundleManifest {
    /// Fingerprint of the compiler that made the code.
    pub engine: String,
    /// Number of entries of the kind code.
    pub modules: u32,
    /// What to run: a module (`package.module`), or a function in one
    /// (`package.module:function`).
    pub entry_point: Option<String>,
    /// For people.
    pub comment: String,
    /// Optimisation level of the code, as in its keys.
    pub optimize: u8,
    /// Compiler flags of the code, as in its keys.
    pub flags: u32,
}

impl<'de> BorrowDecode<'de, ()> for BundleManifest {
    fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
    where
        D: BorrowDecoder<'de, Context = ()>,
    {
        Ok(Self {
            engine: wire::text(decoder)?,
            modules: wire::field(decoder)?,
            entry_point: wire::field::<Option<&str>, D>(decoder)?.map(str::to_owned),
            comment: wire::text(decoder)?,
            optimize: wire::field(decoder)?,
            flags: wire::field(decoder)?,
        })
    }
}

/// Bytes are not a bundle of this version, an entry of it is damaged, or a bundle cannot be
/// written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Not even a header.
    #[error("{len} bytes are too short for a bundle")]
    TooShort {
        /// Size of the file, in bytes.
        len: usize,
    },
    /// The file is of another kind.
    #[error("not a bundle")]
    BadMagic,
    /// Another version of the format.
    #[error("format version {found} is not supported")]
    UnsupportedVersion {
        /// The version in the header.
        found: u32,
    },
    /// A field of the header has a value that this version never writes.
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
    /// The header, the manifest, the table or the names were changed after they were written.
    #[error("the index does not match its hash")]
    IndexHashMismatch,
    /// A row of the table has a value that this version never writes.
    #[error("bad entry {index}: {what}")]
    BadEntry {
        /// Number of the row, from zero.
        index: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The manifest does not decode, or has no encoding.
    #[error("bad manifest: {0}")]
    BadManifest(WireError),
    /// The manifest contradicts the header or the table.
    #[error("the manifest contradicts the {what}")]
    ManifestMismatch {
        /// What it contradicts.
        what: &'static str,
    },
    /// The bytes of an entry, or the padding after them, were changed after they were written.
    #[error("the {kind} of `{name}` does not match its hash")]
    EntryHashMismatch {
        /// Name of the entry.
        name: String,
        /// Kind of the entry.
        kind: EntryKind,
    },
    /// The bytes of an entry do not decompress to the length in the table.
    #[error("the {kind} of `{name}` does not decompress: {reason}")]
    BadCompression {
        /// Name of the entry.
        name: String,
        /// Kind of the entry.
        kind: EntryKind,
        /// What is wrong.
        reason: String,
    },
    /// Two entries of one name and kind were added.
    #[error("the {kind} of `{name}` was added twice")]
    Duplicate {
        /// Name of the entries.
        name: String,
        /// Kind of the entries.
        kind: EntryKind,
    },
    /// What stands in front of the header is not a line for the operating system, or was
    /// changed after it was written.
    #[error("bad first line: {what}")]
    BadPrefix {
        /// What is wrong.
        what: &'static str,
    },
    /// An entry without a name was added.
    #[error("an entry needs a name")]
    EmptyName,
    /// More than the format can hold was added.
    #[error("too large for a bundle: {what}")]
    TooLarge {
        /// What is too large.
        what: String,
    },
}

/// Where the sections lie in the file.
#[derive(Clone, Debug)]
pub(crate) struct Sections {
    pub(crate) table: Range<usize>,
    pub(crate) names: Range<usize>,
    pub(crate) manifest: Range<usize>,
    /// Up to the end of the bundle.
    pub(crate) data_off: usize,
}

impl Sections {
    /// The one layout of these sizes. `None` if the sizes add up to more than memory can hold.
    pub(crate) fn new(entries: usize, names_len: usize, manifest_len: usize) -> Option<Self> {
        let table_start = HEADER_LEN as usize;
        let table_end = entries.checked_mul(ENTRY_LEN)?.checked_add(table_start)?;
        let names_end = table_end.checked_add(names_len)?;
        let manifest_end = names_end.checked_add(manifest_len)?;
        Some(Self {
            table: table_start..table_end,
            names: table_end..names_end,
            manifest: names_end..manifest_end,
            data_off: manifest_end.checked_next_multiple_of(DATA_ALIGN)?,
        })
    }
}

impl RawHeader {
    /// A header without the index hash. `prefix` are the bytes in front of it.
    pub(crate) fn new(entry_count: u32, sections: &Sections, file_len: usize, engine: &str, prefix: &[u8]) -> Self {
        let offset = |offset: usize| U64::new(offset as u64);
        Self {
            magic: MAGIC,
            format_version: U32::new(VERSION),
            header_len: U32::new(HEADER_LEN),
            flags: U32::ZERO,
            entry_count: U32::new(entry_count),
            table_off: offset(sections.table.start),
            names_off: offset(sections.names.start),
            names_len: offset(sections.names.len()),
            manifest_off: offset(sections.manifest.start),
            manifest_len: offset(sections.manifest.len()),
            data_off: offset(sections.data_off),
            file_len: offset(file_len),
            engine_hash: *blake3::hash(engine.as_bytes()).as_bytes(),
            index_hash: [0; 32],
            prefix_len: U64::new(prefix.len() as u64),
            prefix_hash: prefix_hash(prefix),
            reserved: [0; 8],
        }
    }

    /// Checks the header against the size of what follows the prefix, itself included, and finds
    /// the sections, which lie within that.
    pub(crate) fn check(&self, file_len: usize) -> Result<Sections, BundleError> {
        if self.magic != MAGIC {
            return Err(BundleError::BadMagic);
        }
        if self.format_version.get() != VERSION {
            return Err(BundleError::UnsupportedVersion { found: self.format_version.get() });
        }
        self.check_fixed_fields()?;
        let (expected, found) = (self.file_len.get(), file_len as u64);
        if expected != found {
            return Err(BundleError::LengthMismatch { expected, found });
        }
        self.sections()
            .filter(|sections| sections.data_off <= file_len && self.agrees_with(sections))
            .ok_or(BundleError::BadHeader { what: "sections are not where they belong" })
    }

    fn check_fixed_fields(&self) -> Result<(), BundleError> {
        let what = if self.header_len.get() != HEADER_LEN {
            "unknown header length"
        } else if self.flags.get() != 0 {
            "unknown flags"
        } else if self.reserved != [0; 8] {
            "reserved bytes are not zero"
        } else {
            return Ok(());
        };
        Err(BundleError::BadHeader { what })
    }

    /// Checks the bytes in front of the header.
    pub(crate) fn check_prefix(&self, prefix: &[u8]) -> Result<(), BundleError> {
        if self.prefix_len.get() != prefix.len() as u64 {
            return Err(BundleError::BadPrefix { what: "not of the length in the header" });
        }
        if self.prefix_hash != prefix_hash(prefix) {
            return Err(BundleError::BadPrefix { what: "it does not match its hash" });
        }
        Ok(())
    }

    fn sections(&self) -> Option<Sections> {
        Sections::new(
            usize::try_from(self.entry_count.get()).ok()?,
            usize::try_from(self.names_len.get()).ok()?,
            usize::try_from(self.manifest_len.get()).ok()?,
        )
    }

    fn agrees_with(&self, sections: &Sections) -> bool {
        let stated = [self.table_off, self.names_off, self.manifest_off, self.data_off];
        let actual = [sections.table.start, sections.names.start, sections.manifest.start, sections.data_off];
        stated.iter().zip(actual).all(|(stated, actual)| stated.get() == actual as u64)
    }

    /// Whether the code was made by the compiler with this fingerprint.
    pub(crate) fn is_from_engine(&self, engine: &str) -> bool {
        self.engine_hash == *blake3::hash(engine.as_bytes()).as_bytes()
    }

    /// Seals the header and the other parts of the index.
    pub(crate) fn set_index_hash(&mut self, manifest: &[u8], table: &[u8], names: &[u8]) {
        self.index_hash = self.index_hash_of(manifest, table, names);
    }

    pub(crate) fn index_hash_matches(&self, manifest: &[u8], table: &[u8], names: &[u8]) -> bool {
        self.index_hash == self.index_hash_of(manifest, table, names)
    }

    /// blake3 of the header before the hash, then the manifest, the table and the names. The
    /// reserved bytes of the header are compared, not hashed.
    fn index_hash_of(&self, manifest: &[u8], table: &[u8], names: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher
            .update(self.as_bytes().get(..HASHED_HEADER_LEN).unwrap_or_default())
            .update(manifest)
            .update(table)
            .update(names);
        *hasher.finalize().as_bytes()
    }
}

fn prefix_hash(prefix: &[u8]) -> [u8; 32] {
    if prefix.is_empty() { [0; 32] } else { *blake3::hash(prefix).as_bytes() }
}

impl RawEntry {
    /// The name, if it lies within `names`.
    pub(crate) fn name_in<'a>(&self, names: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.name_off.get()).ok()?;
        let len = usize::try_from(self.name_len.get()).ok()?;
        names.get(start..start.checked_add(len)?)
    }

    /// The range of the stored bytes, if it is one.
    pub(crate) fn stored(&self) -> Option<Range<usize>> {
        let start = usize::try_from(self.stored_off.get()).ok()?;
        let len = usize::try_from(self.stored_len.get()).ok()?;
        Some(start..start.checked_add(len)?)
    }
}
