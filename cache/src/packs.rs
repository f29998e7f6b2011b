//! The packs of a store, as this process sees them: listed when the first look-up finds no
//! file of its own, opened and mapped one by one as look-ups come to them, each once.
//!
//! A pack stays mapped when another process removes it, and goes on to serve what it holds:
//! what is found by its key and verified by its hash cannot be out of date.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use crate::error::StoreError;
use crate::index::{FileStamp, now_ns, ns_since_epoch};
use crate::key::Key;
use crate::map::Mapping;
use crate::object::{Fault, TOUCH_INTERVAL, open_object};
use crate::pack::{Pack, PackError};
use crate::platform;
use crate::scan;
use crate::store::MissReason;

/// A pack, mapped.
pub(crate) type MappedPack = Pack<Mapping>;

/// The packs that this process knows of.
#[derive(Debug, Default)]
pub(crate) struct Packs {
    listing: RwLock<Option<Arc<Listing>>>,
    refreshing: Mutex<()>,
    /// What was in packs until this process moved it out of the way, and why it did.
    lost: Mutex<HashMap<Key, MissReason>>,
}

/// The folder of packs at one time.
#[derive(Debug)]
struct Listing {
    state: FolderState,
    slots: Vec<Arc<Slot>>,
}

/// What tells whether the folder changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FolderState {
    Missing,
    At(FileStamp),
    /// It changed so short before it was looked at that it may change again without showing it.
    Unsettled,
}

impl FolderState {
    fn of(dir: &Path) -> Self {
        let Ok(meta) = fs::metadata(dir) else {
            return Self::Missing;
        };
        let stamp = FileStamp::of(&meta);
        if stamp.is_racy(now_ns()) { Self::Unsettled } else { Self::At(stamp) }
    }
}

/// The place of a pack.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) path: PathBuf,
    opened: OnceLock<Result<Arc<MappedPack>, Arc<Fault>>>,
    /// The fault that was found after opening.
    spoiled: OnceLock<PackError>,
    /// Whether what is in this place was, or could not be, moved out of the way.
    given_up: AtomicBool,
    /// Time of the last use on record, in nanoseconds since 1970.
    used_ns: AtomicI64,
}

impl Slot {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            opened: OnceLock::new(),
            spoiled: OnceLock::new(),
            given_up: AtomicBool::new(false),
            used_ns: AtomicI64::new(i64::MAX),
        }
    }

    /// The pack, opened if it was not before.
    pub(crate) fn pack(&self) -> Result<&Arc<MappedPack>, Arc<Fault>> {
        self.opened.get_or_init(|| self.open().map(Arc::new).map_err(Arc::new)).as_ref().map_err(Arc::clone)
    }

    fn open(&self) -> Result<MappedPack, Fault> {
        let object = open_object(&self.path)?;
        if let Ok(modified) = object.modified() {
            self.used_ns.store(ns_since_epoch(modified), Ordering::Relaxed);
        }
        Pack::open(object.map()?).map_err(Fault::BadPack)
    }

    fn find(&self, key: &Key) -> Option<(Arc<MappedPack>, usize)> {
        let pack = self.pack().ok().filter(|_| self.spoiled.get().is_none())?;
        match pack.find(key) {
            Ok(index) => index.filter(|&index| !pack.is_bad(index)).map(|index| (Arc::clone(pack), index)),
            Err(error) => {
                let _ = self.spoiled.set(error);
                None
            }
        }
    }

    /// Why what is in this place is no pack that can be used. `None` if it can be, was not
    /// looked at, or is not there.
    fn fault(&self) -> Option<Fault> {
        if let Some(error) = self.spoiled.get() {
            return Some(Fault::BadPack(error.clone()));
        }
        let fault = self.opened.get()?.as_ref().err()?;
        matches!(**fault, Fault::BadPack(_) | Fault::NotAFile).then(|| (**fault).clone())
    }

    /// Marks the pack as used, at most once an hour, as objects are.
    pub(crate) fn touch(&self) {
        let (now, used) = (SystemTime::now(), self.used_ns.load(Ordering::Relaxed));
        let now_ns = ns_since_epoch(now);
        if u128::from(now_ns.abs_diff(used)) <= TOUCH_INTERVAL.as_nanos() {
            return;
        }
        self.used_ns.store(now_ns, Ordering::Relaxed);
        let _ = platform::open_for_read(&self.path).and_then(|file| file.set_modified(now));
    }
}

/// An artifact in a pack.
pub(crate) struct Packed {
    pub(crate) slot: Arc<Slot>,
    pub(crate) pack: Arc<MappedPack>,
    pub(crate) index: usize,
}

impl Packs {
    fn listing(&self) -> Option<Arc<Listing>> {
        self.listing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks in the packs that are listed.
    pub(crate) fn find(&self, key: &Key) -> Option<Packed> {
        let listing = self.listing()?;
        listing.slots.iter().find_map(|slot| {
            let (pack, index) = slot.find(key)?;
            Some(Packed { slot: Arc::clone(slot), pack, index })
        })
    }

    /// Lists the packs anew if the folder is not the one that was listed. Packs that were open
    /// before stay open.
    pub(crate) fn refresh(&self, dir: &Path) {
        // One at a time: who comes later takes over the places that the one before has made, and
        // with them what becomes known about them.
        let _alone = self.refreshing.lock().unwrap_or_else(PoisonError::into_inner);
        let state = FolderState::of(dir);
        let old = self.listing();
        if old.as_ref().is_some_and(|old| old.state == state && state != FolderState::Unsettled) {
            return;
        }
        // A folder that cannot be listed is one without packs.
        let paths = if state == FolderState::Missing { Vec::new() } else { scan::pack_paths(dir).unwrap_or_default() };
        let known = old.as_ref().map(|old| old.slots.as_slice()).unwrap_or_default();
        let slot = |path: PathBuf| {
            let is_usable = |slot: &Slot| slot.fault().is_none() || !slot.given_up.load(Ordering::Relaxed);
            let reusable = known.iter().find(|slot| slot.path == path && is_usable(slot));
            reusable.map_or_else(|| Arc::new(Slot::new(path)), Arc::clone)
        };
        let slots = paths.into_iter().map(slot).collect();
        let listing = Arc::new(Listing { state, slots });
        *self.listing.write().unwrap_or_else(PoisonError::into_inner) = Some(listing);
    }

    /// Forgets what was listed, so that the next look-up begins anew.
    pub(crate) fn forget(&self) {
        *self.listing.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Gives back the memory that open packs have taken, as far as they are needed no more.
    pub(crate) fn give_back(&self) {
        let listing = self.listing();
        for slot in listing.iter().flat_map(|listing| &listing.slots) {
            if let Some(Ok(pack)) = slot.opened.get() {
                pack.bytes().give_back();
            }
        }
    }

    /// What was lost with packs, to be added to by whoever moves more of it out of the way:
    /// one at a time, and who asks why something is missing waits for it.
    pub(crate) fn lost(&self) -> MutexGuard<'_, HashMap<Key, MissReason>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why an object that is nowhere is not in a pack. What turned out to be no pack since the
    /// last call is set aside first; it may have held the object.
    pub(crate) fn why_missing(&self, key: &Key, set_aside: impl Fn(&Path)) -> MissReason {
        let mut lost = self.lost();
        let mut first = None;
        for (slot, fault) in self.faults() {
            if slot.given_up.swap(true, Ordering::Relaxed) {
                continue;
            }
            set_aside(&slot.path);
            let reason = fault.miss_reason();
            if let Ok(pack) = slot.pack() {
                lost.extend(pack.keys().map(|key| (key, reason.clone())));
            }
            first.get_or_insert(reason);
        }
        lost.remove(key).or(first).unwrap_or(MissReason::Absent)
    }

    fn faults(&self) -> Vec<(Arc<Slot>, Fault)> {
        let listing = self.listing();
        let slots = listing.as_ref().map(|listing| listing.slots.as_slice()).unwrap_or_default();
        slots.iter().filter_map(|slot| Some((Arc::clone(slot), slot.fault()?))).collect()
    }

    /// The pack in which this process would find `key`, by the table alone.
    pub(crate) fn path_of(&self, key: &Key) -> Option<PathBuf> {
        self.find(key).map(|found| found.slot.path.clone())
    }
}

/// Opens every pack of a store, for work on the store as a whole.
pub(crate) fn open_all(dir: &Path) -> Result<Vec<Slot>, StoreError> {
    let files = scan::files(dir)?.into_iter().filter(|file| scan::is_pack_name(&file.name));
    Ok(files.map(|file| Slot::new(file.path)).collect())
}
