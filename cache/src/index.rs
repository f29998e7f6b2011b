//! The stat index: which files of a folder are unchanged, by their status alone.
//!
//! It maps the path of a source to the key that was computed from it and to the status the
//! file had at that time. As long as the status is the same, the source need not be read to
//! know the key. The index is an optimisation: any fault makes it empty, and deleting it loses
//! nothing.
//!
//! A file that changes right after it was read, within the resolution of its time stamp and
//! without changing size, keeps its status. As in git's index, such racy entries are
//! recognised: those whose time stamps are not older than the start of the session that
//! recorded them. They are never fresh.

use std::fmt;
use std::fs::Metadata;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::artifact::EncodeError;
use crate::error::StoreError;
use crate::index_file::{self, Body};
use crate::key::{FieldHasher, Hex, Key};
use crate::object::open_object;
use crate::platform;
use crate::publish::publish;
use crate::scan;
use crate::store::Store;

const ID_CONTEXT: &str = "pyc-rs 2026-11 stat index id v1";

const SECOND_NS: i64 = 1_000_000_000;

/// Time stamps may lag behind the clock by this much: they come from the last timer tick of
/// the kernel, at most 10 ms ago, times two.
const FINE_MARGIN_NS: i64 = 20_000_000;

/// The same for file systems with whole or even seconds.
const COARSE_MARGIN_NS: i64 = 2 * SECOND_NS;

/// Nanoseconds since 1970 by the clock of the system.
#[must_use]
pub fn now_ns() -> i64 {
    ns_since_epoch(SystemTime::now())
}

pub(crate) fn ns_since_epoch(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}

/// The status of a file: what changes when the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the content, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of the last change of the status, in nanoseconds since 1970. Zero where the
    /// system has none.
    pub ctime_ns: i64,
    /// Number of the inode. Zero where the system has none.
    pub inode: u64,
}

impl FileStamp {
    /// The stamp of a file. Take it before reading the file, not after.
    #[must_use]
    pub fn of(meta: &Metadata) -> Self {
        platform::stamp(meta)
    }

    /// Whether the file could have changed after `session_start_ns` without showing it.
    pub(crate) fn is_racy(&self, session_start_ns: i64) -> bool {
        let whole_seconds = self.mtime_ns % SECOND_NS == 0;
        let margin = if whole_seconds { COARSE_MARGIN_NS } else { FINE_MARGIN_NS };
        let safe_before = session_start_ns.saturating_sub(margin);
        self.mtime_ns >= safe_before || self.ctime_ns >= safe_before
    }
}

/// What the index knows about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The status of the file, taken before it was read.
    pub stamp: FileStamp,
    /// The key of its content.
    pub key: Key,
}

/// Answer of [`StatIndex::lookup`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexLookup {
    /// The file is unchanged, and this is its key.
    Fresh(Key),
    /// The status differs. This is the key of the old content.
    Changed(Key),
    /// The status is the same, but too young to prove anything. This is the key recorded.
    Racy(Key),
    /// The path is not in the index.
    Unknown,
}

/// Name of an index: the root folder that its paths are relative to, and the options that its
/// keys were computed with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndexId([u8; 32]);

impl IndexId {
    /// The name of the index of the folder with the canonical path `root`. `options` spells
    /// out everything besides the files that the keys depend on, the engine included.
    #[must_use]
    pub fn new(root: &[u8], options: &str) -> Self {
        let mut hasher = FieldHasher::new(ID_CONTEXT);
        hasher.field(root).field(options.as_bytes());
        Self(hasher.finish())
    }
}

/// The file name: 64 lower-case hex digits.
impl fmt::Display for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexId({self})")
    }
}

/// The index of one folder, as it was saved last.
#[derive(Debug, Default)]
pub struct StatIndex(Body);

impl StatIndex {
    /// Loads an index. A missing one is empty, and so is one with any fault.
    #[must_use]
    pub fn load(store: &Store, id: &IndexId) -> Self {
        let Some(layout) = store.readable() else {
            return Self::default();
        };
        Self(load_file(&layout.indexes().join(id.to_string())).unwrap_or_default())
    }

    /// What the index knows about the path `rel` (the bytes of the path, relative to the root)
    /// if the status of the file is `now`.
    #[must_use]
    pub fn lookup(&self, rel: &[u8], now: &FileStamp) -> IndexLookup {
        let Some(IndexEntry { stamp, key }) = self.0.find(rel) else {
            return IndexLookup::Unknown;
        };
        if stamp != *now {
            IndexLookup::Changed(key)
        } else if stamp.is_racy(self.0.started_ns) {
            IndexLookup::Racy(key)
        } else {
            IndexLookup::Fresh(key)
        }
    }

    /// What is recorded about a path, whatever status the file has now.
    #[must_use]
    pub fn get(&self, rel: &[u8]) -> Option<IndexEntry> {
        self.0.find(rel)
    }

    /// Every index of the store that can be read.
    #[must_use]
    pub fn load_all(store: &Store) -> Vec<Self> {
        let Some(layout) = store.readable() else {
            return Vec::new();
        };
        let files = scan::files(&layout.indexes()).unwrap_or_default();
        files.iter().filter_map(|file| load_file(&file.path)).map(Self).collect()
    }

    /// Every path of the index, in order, with what the index knows about it.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], IndexEntry)> {
        self.0.entries()
    }

    /// The entries that are not racy. A session may save these again without having looked at
    /// their files.
    pub fn settled(&self) -> impl Iterator<Item = (&[u8], IndexEntry)> {
        self.entries().filter(|(_, entry)| !entry.stamp.is_racy(self.0.started_ns))
    }

    /// Saves an index in place of the old one. Does nothing in a store that is not writable.
    ///
    /// `started_ns` is the time ([`now_ns`]) at which the session began. Each entry must have
    /// been found fresh or been computed in this session, or be a [settled](Self::settled) one
    /// of the old index: any other that is carried over unseen would lose the mark that it is
    /// racy. Where a path appears twice, the later entry counts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the index cannot be written or would be larger than 256 MiB.
    pub fn save(
        store: &Store,
        id: &IndexId,
        started_ns: i64,
        entries: Vec<(Vec<u8>, IndexEntry)>,
    ) -> Result<(), StoreError> {
        let Some(layout) = store.writable() else {
            return Ok(());
        };
        let body = Body::new(started_ns, entries);
        let bytes = index_file::encode(&body).map_err(EncodeError::Index)?;
        publish(layout, &layout.indexes().join(id.to_string()), &bytes)
    }

    /// Number of paths in the index.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.records.len()
    }

    /// Whether the index knows no path.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.records.is_empty()
    }
}

fn load_file(path: &Path) -> Option<Body> {
    let bytes = open_object(path).ok()?.map().ok()?;
    index_file::decode(&bytes).ok()
}
