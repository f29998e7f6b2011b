//! Bundles: one immutable file of many entries, read in place.
//!
//! A checked bundle ([`Bundle::open`]) verifies its whole index at once and each entry when it
//! is first used. A trusted one ([`Bundle::open_trusted`]) verifies neither; it is for bytes
//! that come with the program. Both are total: whatever the bytes, they answer with an entry,
//! an error or nothing, and never by a panic.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use zerocopy::FromBytes;

use crate::bundle_check;
use crate::bundle_format::{COMPRESSION_NONE, DATA_ALIGN, FLAG_PACKAGE, RAW_LIMIT, RawEntry, RawHeader, Sections};
use crate::bundle_prefix;
use crate::key::Key;
use crate::wire;

pub use crate::bundle_format::{BundleError, BundleManifest, EntryKind, MAGIC, VERSION};

/// Base-2 logarithm of the largest window that decompression allocates, in bytes: 8 MiB. The
/// writer's level never asks for more.
const WINDOW_LOG_MAX: u32 = 23;

/// No more capacity is reserved on the word of the table, in bytes. Beyond it, buffers grow as
/// they fill.
const RESERVE_LIMIT: u64 = 1 << 20;

/// A bundle in memory. `B` holds the bytes: a [`Mapping`](crate::Mapping), a vector, a static
/// slice. They need no alignment.
pub struct Bundle<B> {
    bytes: B,
    /// Where the header is: behind the line for the operating system, if there is one.
    start: usize,
    sections: Sections,
    /// One bit for each entry that was verified; `None` if nothing is to be verified.
    verified: Option<Box<[AtomicU64]>>,
}

impl<B: AsRef<[u8]>> fmt::Debug for Bundle<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("bytes", &self.whole().len())
            .field("entries", &self.len())
            .field("trusted", &self.verified.is_none())
            .finish_non_exhaustive()
    }
}

impl<B: AsRef<[u8]>> Bundle<B> {
    /// Opens a bundle after a full check of its header, its manifest, every row of its table
    /// and the hash of all these. The bytes of an entry are verified when they are first used.
    ///
    /// # Errors
    ///
    /// The first check that fails, as a [`BundleError`].
    pub fn open(bytes: B) -> Result<Self, BundleError> {
        let start = bundle_prefix::len_of(bytes.as_ref());
        let (prefix, body) = bytes.as_ref().split_at_checked(start).unwrap_or_default();
        let sections = bundle_check::check(prefix, body)?;
        let mut bundle = Self { bytes, start, sections, verified: None };
        // Not an allocation by an untrusted length: the table of so many rows is in memory.
        let words = bundle.len().div_ceil(u64::BITS as usize);
        bundle.verified = Some((0..words).map(|_| AtomicU64::new(0)).collect());
        Ok(bundle)
    }

    /// Opens a bundle that is known to be good, because it is part of the program. Only the
    /// header is checked, now and later.
    ///
    /// # Errors
    ///
    /// The first check of the header that fails, as a [`BundleError`].
    pub fn open_trusted(bytes: B) -> Result<Self, BundleError> {
        let start = bundle_prefix::len_of(bytes.as_ref());
        let (_, sections) = bundle_check::header(bytes.as_ref().get(start..).unwrap_or_default())?;
        Ok(Self { bytes, start, sections, verified: None })
    }

    /// All bytes of the bundle, the line in front of it included.
    #[must_use]
    pub fn whole(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The command that the operating system runs the bundle with, if it is executable.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        bundle_prefix::command_of(self.whole().get(..self.start)?)
    }

    /// The bundle behind the line in front of it. Offsets count from here.
    fn body(&self) -> &[u8] {
        self.whole().get(self.start..).unwrap_or_default()
    }

    /// Whether the code was made by the compiler with this fingerprint. Cheaper than decoding
    /// the manifest.
    #[must_use]
    pub fn is_from_engine(&self, engine: &str) -> bool {
        RawHeader::ref_from_prefix(self.body()).is_ok_and(|(header, _)| header.is_from_engine(engine))
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Decodes the manifest.
    ///
    /// # Errors
    ///
    /// [`BundleError::BadManifest`] if it does not decode, which only a trusted bundle can
    /// answer.
    pub fn manifest(&self) -> Result<BundleManifest, BundleError> {
        let bytes = self.body().get(self.sections.manifest.clone());
        wire::from_bytes(bytes.unwrap_or_default()).map_err(BundleError::BadManifest)
    }

    /// The entry of this name and kind. A binary search; allocates nothing.
    #[must_use]
    pub fn find(&self, name: &str, kind: EntryKind) -> Option<Entry<'_>> {
        let names = self.names();
        let wanted = (name.as_bytes(), kind as u8);
        let index = self
            .table()
            .binary_search_by(|row| (row.name_in(names).unwrap_or_default(), row.kind).cmp(&wanted))
            .ok()?;
        self.entry(index)
    }

    /// All entries, in the order of their names (as bytes), then of their kinds.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.len()).filter_map(|index| self.entry(index))
    }

    /// The code entries of the direct children of `package`, in the order of their names; with
    /// an empty name, those of the top level. Found by binary search.
    pub fn children<'a>(&'a self, package: &str) -> impl Iterator<Item = Entry<'a>> + use<'a, B> {
        let prefix = if package.is_empty() { String::new() } else { format!("{package}.") };
        let names = self.names();
        let name_of = |row: &RawEntry| row.name_in(names).unwrap_or_default();
        let start = self.table().partition_point(|row| name_of(row) < prefix.as_bytes());
        let below = self.table().get(start..).unwrap_or_default();
        let count = below.partition_point(|row| name_of(row).starts_with(prefix.as_bytes()));
        let prefix_len = prefix.len();
        (start..start + count).filter_map(|index| self.entry(index)).filter(move |entry| entry.is_module_at(prefix_len))
    }

    /// Whether the bundle has anything below the folder of this path (with slashes): a module or
    /// a data file. Found by binary search.
    #[must_use]
    pub fn has_folder(&self, path: &str) -> bool {
        let is_below = |prefix: String| {
            let names = self.names();
            let name_of = |row: &RawEntry| row.name_in(names).unwrap_or_default();
            let start = self.table().partition_point(|row| name_of(row) < prefix.as_bytes());
            self.table().get(start).is_some_and(|row| name_of(row).starts_with(prefix.as_bytes()))
        };
        !path.is_empty() && (is_below(format!("{path}/")) || is_below(format!("{}.", path.replace('/', "."))))
    }

    fn table(&self) -> &[RawEntry] {
        let table = self.body().get(self.sections.table.clone());
        table.and_then(|table| <[RawEntry]>::ref_from_bytes(table).ok()).unwrap_or_default()
    }

    fn names(&self) -> &[u8] {
        let names = self.body().get(self.sections.names.clone());
        names.unwrap_or_default()
    }

    /// The entry of a row; `None` if a trusted bundle has nonsense there.
    fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let bytes = self.body();
        let row = self.table().get(index)?;
        let stored = row.stored()?;
        let padded_end = stored.end.checked_next_multiple_of(DATA_ALIGN)?.min(bytes.len());
        Some(Entry {
            name: str::from_utf8(row.name_in(self.names())?).ok()?,
            kind: EntryKind::from_byte(row.kind)?,
            is_package: row.flags & FLAG_PACKAGE != 0,
            key: Key::from_bytes(row.key),
            raw_len: row.raw_len.get(),
            stored: bytes.get(stored.clone())?,
            padding: bytes.get(stored.end..padded_end)?,
            is_compressed: row.compression != COMPRESSION_NONE,
            hash: &row.hash,
            verified: self.verified_bit(index),
        })
    }

    fn verified_bit(&self, index: usize) -> Option<Bit<'_>> {
        let bits = u64::BITS as usize;
        let word = self.verified.as_ref()?.get(index / bits)?;
        Some(Bit { word, mask: 1 << (index % bits) })
    }
}

/// A bit of an atomic set. Nothing is published through it, so the order is relaxed.
#[derive(Clone, Copy)]
struct Bit<'a> {
    word: &'a AtomicU64,
    mask: u64,
}

impl Bit<'_> {
    fn is_set(self) -> bool {
        self.word.load(Ordering::Relaxed) & self.mask != 0
    }

    fn set(self) {
        self.word.fetch_or(self.mask, Ordering::Relaxed);
    }
}

/// An entry of a bundle.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// Dotted module name of code and source, path with slashes of data.
    pub name: &'a str,
    /// What the entry holds.
    pub kind: EntryKind,
    /// Whether the module is a package.
    pub is_package: bool,
    /// Key of code; zeros for other kinds.
    pub key: Key,
    /// Size of the entry as it is read, in bytes.
    pub raw_len: u64,
    /// blake3 of the bytes as they are stored.
    pub hash: &'a [u8; 32],
    stored: &'a [u8],
    /// Zero bytes up to the next entry.
    padding: &'a [u8],
    is_compressed: bool,
    /// `None` if the entry is trusted.
    verified: Option<Bit<'a>>,
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("is_package", &self.is_package)
            .field("key", &self.key)
            .field("raw_len", &self.raw_len)
            .field("is_compressed", &self.is_compressed)
            .finish_non_exhaustive()
    }
}

impl<'a> Entry<'a> {
    /// The bytes of the entry, borrowed from the bundle unless they are compressed. The first
    /// use of an entry verifies its hash, unless the bundle is trusted.
    ///
    /// # Errors
    ///
    /// [`BundleError::EntryHashMismatch`] if the entry is damaged, and
    /// [`BundleError::BadCompression`] if it does not decompress to [`Entry::raw_len`] bytes.
    pub fn bytes(&self) -> Result<Cow<'a, [u8]>, BundleError> {
        self.verify()?;
        if self.is_compressed {
            self.decompress().map(Cow::Owned).map_err(|error| self.bad_compression(&error))
        } else {
            Ok(Cow::Borrowed(self.stored))
        }
    }

    /// Size of the entry in the file, in bytes.
    #[must_use]
    pub fn stored_len(&self) -> u64 {
        self.stored.len() as u64
    }

    /// Whether the bytes are compressed in the file.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Whether this is the code of a module whose name is one part after `prefix_len` bytes.
    fn is_module_at(&self, prefix_len: usize) -> bool {
        let leaf = self.name.as_bytes().get(prefix_len..).unwrap_or_default();
        self.kind == EntryKind::Code && !leaf.is_empty() && !leaf.contains(&b'.')
    }

    fn verify(&self) -> Result<(), BundleError> {
        let Some(bit) = self.verified.filter(|bit| !bit.is_set()) else {
            return Ok(());
        };
        let intact = self.padding.iter().all(|&byte| byte == 0) && blake3::hash(self.stored).as_bytes() == self.hash;
        if !intact {
            return Err(BundleError::EntryHashMismatch { name: self.name.to_owned(), kind: self.kind });
        }
        bit.set();
        Ok(())
    }

    fn decompress(&self) -> io::Result<Vec<u8>> {
        if self.raw_len > RAW_LIMIT {
            return Err(io::Error::other("larger than 1 GiB"));
        }
        let mut decoder = zstd::Decoder::with_buffer(self.stored)?;
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        // Bounded by the constant, so it fits.
        let mut raw = Vec::with_capacity(self.raw_len.min(RESERVE_LIMIT) as usize);
        decoder.take(self.raw_len + 1).read_to_end(&mut raw)?;
        if raw.len() as u64 != self.raw_len {
            return Err(io::Error::other("not of the expected length"));
        }
        Ok(raw)
    }

    fn bad_compression(&self, error: &io::Error) -> BundleError {
        BundleError::BadCompression { name: self.name.to_owned(), kind: self.kind, reason: error.to_string() }
    }
}

/// Whether these are the first bytes of a bundle. Some 500 of them are enough.
#[must_use]
pub fn is_bundle(bytes: &[u8]) -> bool {
    bytes.get(bundle_prefix::len_of(bytes)..).is_some_and(|body| body.starts_with(&MAGIC))
}
