//! The store: artifacts on disk, shared by any number of processes at once.
//!
//! There is no lock on the path of readers and writers. Objects are immutable and appear by
//! rename; a reader that has one open keeps it, whatever happens to the name.

use std::path::{self, Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::{fmt, fs};

use crate::artifact::{self, ArtifactMeta};
use crate::error::StoreError;
use crate::key::Key;
use crate::layout::Layout;
use crate::mend::publish_pack;
use crate::object::{Fault, open_object};
use crate::pack_format::sort;
use crate::packs::{Packed, Packs};
use crate::probe;
use crate::publish::publish;
use crate::stats::{Counters, Counts};

pub use crate::object::Artifact;

/// Fewer objects that are stored at once get a file each.
pub(crate) const FEW_OBJECTS: usize = 16;

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
    pub(crate) packs: Packs,
    /// A store that is looked into first and never written.
    base: Option<Box<Store>>,
    /// Asked for what is not on disk.
    #[cfg(feature = "remote")]
    pub(crate) remote: Option<crate::remote::Remote>,
}

/// An artifact that is to be stored with others.
#[derive(Debug)]
pub struct NewObject {
    key: Key,
    bytes: Vec<u8>,
}

impl NewObject {
    /// Encodes an artifact.
    ///
    /// # Errors
    ///
    /// [`StoreError::Encode`] if it has no encoding.
    pub fn encode(key: &Key, meta: &ArtifactMeta, payload: &[u8]) -> Result<Self, StoreError> {
        Ok(Self { key: *key, bytes: artifact::encode(key, meta, payload)? })
    }

    /// The bytes of an artifact that were found to be one, of this key.
    pub(crate) fn of_verified(key: Key, bytes: Vec<u8>) -> Self {
        Self { key, bytes }
    }

    /// The key it is to be stored under.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }
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

    /// This store on top of a read-only one, such as a layer of a container image holds: look-ups
    /// go there first, and nothing is ever written, moved or marked there. What is damaged or
    /// missing in it is looked up, and stored, in this one. A store is no base of itself.
    #[must_use]
    pub fn with_base(mut self, root: impl Into<PathBuf>) -> Self {
        let base = Self::open(root, Mode::ReadOnly);
        let resolved = |store: &Self| store.root().map(|root| fs::canonicalize(root).unwrap_or(root.to_owned()));
        if resolved(&base) != resolved(&self) {
            self.base = Some(Box::new(base));
        }
        self
    }

    /// The read-only store that is looked into first, if there is one.
    #[must_use]
    pub fn base(&self) -> Option<&Self> {
        self.base.as_deref()
    }

    fn new(layout: Option<Layout>, mode: Mode) -> Self {
        Self {
            layout,
            mode,
            counters: Counters::default(),
            flushed: Mutex::default(),
            packs: Packs::default(),
            base: None,
            #[cfg(feature = "remote")]
            remote: None,
        }
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

    /// Path of the file of its own that an object of `key` would have, whether it
    /// exists or not.
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

    /// Opens, maps and verifies the object of `key`. Never waits for another process, but for
    /// the remote, if there is one behind the store.
    pub fn get(&self, key: &Key) -> Lookup {
        let found = self.look_up(key);
        #[cfg(feature = "remote")]
        let found = found.or_else(|reason| self.fetch(key).ok_or(reason));
        self.counted(found)
    }

    /// [`get`](Self::get), of what is on disk alone.
    pub fn get_here(&self, key: &Key) -> Lookup {
        self.counted(self.look_up(key))
    }

    fn counted(&self, found: Result<Artifact, MissReason>) -> Lookup {
        match found {
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

    /// The base first. What is wrong there matters only if the object is not here either.
    pub(crate) fn look_up(&self, key: &Key) -> Result<Artifact, MissReason> {
        let Some(base) = &self.base else { return self.look_up_here(key) };
        base.look_up_here(key).or_else(|there| {
            self.look_up_here(key).map_err(|here| match (&here, &there) {
                (MissReason::Absent, MissReason::Corrupt(_) | MissReason::Unreadable(_)) => there,
                _ => here,
            })
        })
    }

    /// A process that needs one object finds it with one open, or pays for a list of the
    /// packs. Once they are listed, a look-up in them costs no system call, and they come first.
    fn look_up_here(&self, key: &Key) -> Result<Artifact, MissReason> {
        let layout = self.readable().ok_or(MissReason::Off)?;
        if let Some(found) = self.packs.find(key) {
            return self.open_packed(&found, key);
        }
        match self.open_loose(layout, key) {
            Err(MissReason::Absent) => {}
            answer => return answer,
        }
        // Another thread may have listed them since: then this one finds nothing new in the folder.
        self.packs.refresh(&layout.packs());
        if let Some(found) = self.packs.find(key) {
            return self.open_packed(&found, key);
        }
        Err(self.packs.why_missing(key, |path| self.quarantine_pack(path)))
    }

    fn open_loose(&self, layout: &Layout, key: &Key) -> Result<Artifact, MissReason> {
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

    fn open_packed(&self, found: &Packed, key: &Key) -> Result<Artifact, MissReason> {
        let artifact = Artifact::from_pack(Arc::clone(&found.pack), found.index, key).map_err(|error| {
            self.mend_pack(found);
            Fault::Corrupt(error).miss_reason()
        })?;
        if self.mode == Mode::ReadWrite {
            found.slot.touch();
        }
        Ok(artifact)
    }

    /// Whether there is an object of `key`, by its status or the table of its pack alone:
    /// nothing of it is read or verified. A file too short for an artifact, such as a crash of
    /// the system leaves behind, counts as absent.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.base.as_ref().is_some_and(|base| base.contains_here(key)) || self.contains_here(key)
    }

    /// [`contains`](Self::contains), by the packs as they were last listed.
    #[cfg(feature = "remote")]
    pub(crate) fn contains_as_listed(&self, key: &Key) -> bool {
        let is_here = |layout: &Layout| self.packs.find(key).is_some() || is_loose(&layout.object(key));
        self.base.as_ref().is_some_and(|base| base.contains_as_listed(key)) || self.readable().is_some_and(is_here)
    }

    fn contains_here(&self, key: &Key) -> bool {
        let Some(layout) = self.readable() else {
            return false;
        };
        self.packs.find(key).is_some() || is_loose(&layout.object(key)) || {
            self.packs.refresh(&layout.packs());
            self.packs.find(key).is_some()
        }
    }

    /// The file that an object of `key` is in: one of its own, or a pack. The base comes first.
    #[must_use]
    pub fn file_of(&self, key: &Key) -> Option<PathBuf> {
        self.base.as_ref().and_then(|base| base.file_of_here(key)).or_else(|| self.file_of_here(key))
    }

    fn file_of_here(&self, key: &Key) -> Option<PathBuf> {
        let layout = self.readable()?;
        let loose = layout.object(key);
        if is_loose(&loose) {
            return Some(loose);
        }
        self.packs.refresh(&layout.packs());
        self.packs.path_of(key)
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
        // What the base has may be damaged there.
        if self.contains_here(key) {
            return Ok(PutOutcome::Existed);
        }
        let stored = NewObject::encode(key, meta, payload).and_then(|object| {
            // What there is no room for here, others may still have use for.
            #[cfg(feature = "remote")]
            self.offer(key, &object.bytes, false);
            publish(layout, &layout.object(key), &object.bytes)?;
            Ok(object.bytes.len() as u64)
        });
        self.count_stored(1, *stored.as_ref().unwrap_or(&0), stored.is_ok());
        stored.map(|bytes| PutOutcome::Stored { bytes })
    }

    /// Stores many artifacts at once: as a pack if they are enough for one, otherwise each in
    /// a file of its own. In a store that is not writable, they are dropped.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if not all of them could be written. Those that could be are there.
    pub fn put_all(&self, objects: Vec<NewObject>) -> Result<(), StoreError> {
        #[cfg(feature = "remote")]
        if self.writable().is_some() {
            for object in &objects {
                self.offer(&object.key, &object.bytes, true);
            }
        }
        self.store_all(objects.into_iter().map(|object| (object.key, object.bytes)).collect())
    }

    pub(crate) fn store_all(&self, mut artifacts: Vec<(Key, Vec<u8>)>) -> Result<(), StoreError> {
        let Some(layout) = self.writable() else {
            return Ok(());
        };
        sort(&mut artifacts);
        if artifacts.len() >= FEW_OBJECTS && publish_pack(layout, &artifacts, None).is_ok() {
            let bytes: usize = artifacts.iter().map(|(_, bytes)| bytes.len()).sum();
            self.count_stored(artifacts.len(), bytes as u64, true);
            return Ok(());
        }
        // Where there is no room for a pack, there may be room for some of it.
        let mut left = artifacts.len();
        for (key, bytes) in &artifacts {
            if !self.contains_here(key) {
                let stored = publish(layout, &layout.object(key), bytes);
                let count = if stored.is_ok() { 1 } else { left };
                self.count_stored(count, bytes.len() as u64, stored.is_ok());
                stored?;
            }
            left -= 1;
        }
        Ok(())
    }

    pub(crate) fn count_stored(&self, objects: usize, bytes: u64, succeeded: bool) {
        if succeeded {
            self.counters.stored.fetch_add(objects as u64, Ordering::Relaxed);
            self.counters.stored_bytes.fetch_add(bytes, Ordering::Relaxed);
        } else {
            self.counters.put_failures.fetch_add(objects as u64, Ordering::Relaxed);
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
}

/// Whether there is a file that may be an object.
fn is_loose(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() >= u64::from(artifact::HEADER_LEN))
}
