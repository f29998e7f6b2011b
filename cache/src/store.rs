//! The store: artifacts on disk, shared by any number of processes at once.
//!
//! There is no lock on the path of readers and writers. Objects are immutable and appear by
//! rename; a reader that has one open keeps it, whatever happens to the name.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{self, Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use std::{fmt, fs, process};

use crate::artifact::{self, ArtifactError, ArtifactMeta, ArtifactView};
use crate::error::{StoreError, reason};
use crate::index::now_ns;
use crate::key::Key;
use crate::layout::Layout;
use crate::map::Mapping;
use crate::platform;
use crate::probe;
use crate::publish::publish;
use crate::stats::{Counters, Counts};

/// The modification time of an object is the time of its last use, up to this much.
const TOUCH_INTERVAL: Duration = Duration::from_hours(1);

/// What a store may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Read, write, and keep in order.
    ReadWrite,
    /// Read; change nothing on disk.
    ReadOnly,
    /// Nothing: every get misses, every put is skipped.
    Off,
}

/// The mode that the disk allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveMode {
    /// The mode.
    pub mode: Mode,
    /// Why it is less than the configured mode, if it is.
    pub reason: Option<String>,
}

/// A store of artifacts under one root folder. Cheap to open, shared by reference between
/// threads.
#[derive(Debug)]
pub struct Store {
    layout: Option<Layout>,
    mode: Mode,
    counters: Counters,
    /// The part of the counters that is in the log already.
    pub(crate) flushed: Mutex<Counts>,
}

/// Answer of [`Store::get`].
#[derive(Debug)]
pub enum Lookup {
    /// The verified artifact.
    Hit(Artifact),
    /// There is none to use.
    Miss(MissReason),
}

impl Lookup {
    /// The artifact, if it is a hit.
    #[must_use]
    pub fn hit(self) -> Option<Artifact> {
        match self {
            Self::Hit(artifact) => Some(artifact),
            Self::Miss(_) => None,
        }
    }
}

/// Why a get missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissReason {
    /// Nothing is stored under the key.
    Absent,
    /// The object failed verification, for this reason. It was moved out of the way, unless
    /// the store is read-only.
    Corrupt(String),
    /// The object cannot be read, for this reason. What is in its place and no file was moved
    /// out of the way, unless the store is read-only.
    Unreadable(String),
    /// The store is off.
    Off,
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Corrupt(reason) => write!(f, "corrupt: {reason}"),
            Self::Unreadable(reason) => write!(f, "unreadable: {reason}"),
            Self::Off => f.write_str("the store is off"),
        }
    }
}

/// What [`Store::put`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// A new object was published.
    Stored {
        /// Size of its file, in bytes.
        bytes: u64,
    },
    /// There is an object of this key already.
    Existed,
    /// The store is read-only or off.
    Skipped,
}

/// A verified artifact in memory, mapped from its file.
#[derive(Debug)]
pub struct Artifact {
    map: Mapping,
    key: Key,
    meta: Range<usize>,
    payload: Range<usize>,
}

impl Artifact {
    /// The payload, 64-byte aligned.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.map.get(self.payload.clone()).unwrap_or_default()
    }

    /// Decodes the metadata.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::BadMetadata`] if it does not decode.
    pub fn meta(&self) -> Result<ArtifactMeta, ArtifactError> {
        let view = ArtifactView {
            key: self.key,
            meta_bytes: self.map.get(self.meta.clone()).unwrap_or_default(),
            payload: self.payload(),
        };
        view.meta()
    }

    /// The key it is stored under.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// Size of the file, in bytes.
    #[must_use]
    pub fn file_len(&self) -> u64 {
        self.map.len() as u64
    }
}

impl Store {
    /// The store under `root`. Does not touch the disk: the folders are created by the first
    /// put. A relative root is made absolute, so that it survives a change of the working
    /// folder.
    #[must_use]
    pub fn open(root: impl Into<PathBuf>, mode: Mode) -> Self {
        let root = root.into();
        let root = path::absolute(&root).unwrap_or(root);
        Self::new(Some(Layout::new(root)), mode)
    }

    /// A store that holds nothing and keeps nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::new(None, Mode::Off)
    }

    fn new(layout: Option<Layout>, mode: Mode) -> Self {
        Self { layout, mode, counters: Counters::default(), flushed: Mutex::default() }
    }

    /// The root folder; `None` for [`Store::off`].
    #[must_use]
    pub fn root(&self) -> Option<&Path> {
        self.layout.as_ref().map(Layout::root)
    }

    /// The mode the store was opened with.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What this process did with the store so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Path of the object of `key`, whether it exists or not.
    #[must_use]
    pub fn object_path(&self, key: &Key) -> Option<PathBuf> {
        self.layout.as_ref().map(|layout| layout.object(key))
    }

    /// What the disk allows, found by looking at folders and permissions. Writes nothing.
    #[must_use]
    pub fn effective_mode(&self) -> EffectiveMode {
        match self.readable() {
            Some(layout) => probe::effective_mode(layout, self.mode),
            None => EffectiveMode { mode: Mode::Off, reason: None },
        }
    }

    /// Opens, maps and verifies the object of `key`. Never waits for another process.
    pub fn get(&self, key: &Key) -> Lookup {
        match self.look_up(key) {
            Ok(artifact) => {
                self.counters.hits.fetch_add(1, Ordering::Relaxed);
                Lookup::Hit(artifact)
            }
            Err(reason) => {
                self.counters.misses.fetch_add(1, Ordering::Relaxed);
                Lookup::Miss(reason)
            }
        }
    }

    fn look_up(&self, key: &Key) -> Result<Artifact, MissReason> {
        let layout = self.readable().ok_or(MissReason::Off)?;
        let found = open_object(&layout.object(key)).and_then(|opened| Ok((opened.verify(key)?, opened)));
        let (artifact, opened) = found.map_err(|fault| {
            if matches!(fault, Fault::Corrupt(_) | Fault::NotAFile) {
                self.quarantine(key);
            }
            fault.miss_reason()
        })?;
        if self.mode == Mode::ReadWrite {
            opened.touch();
        }
        Ok(artifact)
    }

    /// Whether there is an object of `key`, by its status alone: nothing is read or verified.
    /// A file too short for an artifact, such as a crash of the system leaves behind, counts
    /// as absent.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.readable().is_some_and(|layout| {
            fs::metadata(layout.object(key))
                .is_ok_and(|meta| meta.is_file() && meta.len() >= u64::from(artifact::HEADER_LEN))
        })
    }

    /// Stores an artifact, unless there is one already. Nothing is flushed to the device: an
    /// object that a crash of the system damages is found by its hash.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the artifact cannot be encoded or written. The store is as it was
    /// before, and the caller can go on without the entry.
    pub fn put(&self, key: &Key, meta: &ArtifactMeta, payload: &[u8]) -> Result<PutOutcome, StoreError> {
        let Some(layout) = self.writable() else {
            return Ok(PutOutcome::Skipped);
        };
        if self.contains(key) {
            return Ok(PutOutcome::Existed);
        }
        let stored = artifact::encode(key, meta, payload).map_err(StoreError::from).and_then(|bytes| {
            publish(layout, &layout.object(key), &bytes)?;
            Ok(bytes.len() as u64)
        });
        match stored {
            Ok(bytes) => {
                self.counters.stored.fetch_add(1, Ordering::Relaxed);
                self.counters.stored_bytes.fetch_add(bytes, Ordering::Relaxed);
                Ok(PutOutcome::Stored { bytes })
            }
            Err(error) => {
                self.counters.put_failures.fetch_add(1, Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// The layout, if the store may be read.
    pub(crate) fn readable(&self) -> Option<&Layout> {
        self.layout.as_ref().filter(|_| self.mode != Mode::Off)
    }

    /// The layout, if the store may be written.
    pub(crate) fn writable(&self) -> Option<&Layout> {
        self.layout.as_ref().filter(|_| self.mode == Mode::ReadWrite)
    }

    /// Moves a bad object out of the way, or removes it where that fails.
    pub(crate) fn quarantine(&self, key: &Key) {
        let Some(layout) = self.writable() else {
            return;
        };
        if set_aside(layout, key).is_ok() {
            self.counters.quarantined.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn set_aside(layout: &Layout, key: &Key) -> io::Result<()> {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let object = layout.object(key);
    // gc counts the age of a quarantined file from now. What a link points to is not ours.
    let is_file = fs::symlink_metadata(&object).is_ok_and(|meta| meta.is_file());
    if is_file && let Ok(file) = platform::open_for_read(&object) {
        let _ = file.set_modified(SystemTime::now());
    }
    let dir = layout.quarantine();
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let name = format!("{key}-{}-{:x}-{serial}", process::id(), now_ns());
    platform::create_private_dirs(&dir)
        .and_then(|()| fs::rename(&object, dir.join(name)))
        .or_else(|_| fs::remove_file(&object))
}

/// Why an object is not usable.
pub(crate) enum Fault {
    Absent,
    Corrupt(ArtifactError),
    NotAFile,
    Unreadable(String),
}

impl Fault {
    fn miss_reason(self) -> MissReason {
        match self {
            Self::Absent => MissReason::Absent,
            Self::Corrupt(error) => MissReason::Corrupt(error.to_string()),
            Self::NotAFile => MissReason::Unreadable("not a file".to_owned()),
            Self::Unreadable(reason) => MissReason::Unreadable(reason),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Absent,
            _ => Self::Unreadable(reason(&error)),
        }
    }
}

/// The open file of an object, not verified.
pub(crate) struct OpenObject {
    file: File,
    len: u64,
    modified: io::Result<SystemTime>,
}

pub(crate) fn open_object(path: &Path) -> Result<OpenObject, Fault> {
    let file = platform::open_for_read(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(Fault::NotAFile);
    }
    Ok(OpenObject { file, len: meta.len(), modified: meta.modified() })
}

impl OpenObject {
    pub(crate) fn map(&self) -> io::Result<Mapping> {
        let len = usize::try_from(self.len).map_err(|_| ErrorKind::FileTooLarge)?;
        Mapping::with_len(&self.file, len)
    }

    pub(crate) fn verify(&self, key: &Key) -> Result<Artifact, Fault> {
        let map = self.map()?;
        let (key, sections) = artifact::locate(&map, Some(key)).map_err(Fault::Corrupt)?;
        Ok(Artifact { map, key, meta: sections.meta, payload: sections.payload })
    }

    /// Marks the object as used, at most once an hour. A time in the future is corrected too,
    /// or the object would never become the least recently used.
    fn touch(&self) {
        let Ok(modified) = self.modified else { return };
        let now = SystemTime::now();
        let distance = now.duration_since(modified).unwrap_or_else(|future| future.duration());
        if distance > TOUCH_INTERVAL {
            let _ = self.file.set_modified(now);
        }
    }
}
