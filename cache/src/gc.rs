//! Keeping a store below its size limit.
//!
//! One gc runs at a time. It holds no lock that readers or writers know of: it only unlinks,
//! and whoever has a file open keeps it.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::error::{IoContext, StoreError};
use crate::images;
use crate::key::Key;
use crate::layout::Layout;
use crate::platform;
use crate::scan::{self, DirItem};
use crate::store::Store;
use crate::tidy::tidy;

const DAY: Duration = Duration::from_hours(24);

/// Age at which a temporary counts as orphaned where file locks are not supported.
const ORPHAN_AGE: Duration = Duration::from_hours(1);

/// How long a writer may take to lock the temporary that it created.
const LOCK_GRACE: Duration = Duration::from_millis(50);

/// How long bad objects stay for whoever wants to look at them.
const QUARANTINE_AGE: Duration = DAY.saturating_mul(7);

/// How long the stat index of a folder stays without being written.
const INDEX_AGE: Duration = DAY.saturating_mul(90);

/// What [`Store::gc`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GcReport {
    /// `false` if another gc is at work, or the store is not writable: nothing was done.
    pub ran: bool,
    /// Number of objects removed.
    pub removed: u64,
    /// Their size in bytes.
    pub removed_bytes: u64,
    /// Number of objects that stayed.
    pub kept: u64,
    /// Their size in bytes.
    pub kept_bytes: u64,
    /// Number of objects that were gathered from files of their own into packs.
    pub packed: u64,
    /// Number of small packs that were merged into larger ones.
    pub merged: u64,
    /// Number of temporaries removed whose writers had died.
    pub temporaries_removed: u64,
    /// Number of files removed from quarantine.
    pub quarantine_removed: u64,
    /// Number of stat indexes removed that had not been written for 90 days.
    pub indexes_removed: u64,
}

impl Store {
    /// Removes the least recently used objects and packs until at most `limit_bytes` are left,
    /// and what is orphaned or out of date. Then gathers loose objects into packs, and small
    /// packs into larger ones, where there are enough of them. Objects that cannot be removed stay and are counted as
    /// kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed or the lock file not opened.
    pub fn gc(&self, limit_bytes: u64) -> Result<GcReport, StoreError> {
        let Some(layout) = self.writable() else {
            return Ok(GcReport::default());
        };
        if !layout.exists() {
            return Ok(GcReport { ran: true, ..GcReport::default() });
        }
        let Some(_lock) = lock(&layout.gc_lock())? else {
            return Ok(GcReport::default());
        };
        let (images_removed, image_bytes_removed) = images::remove_old(layout)?;
        let mut report = evict(layout, limit_bytes)?;
        report.removed += images_removed;
        report.removed_bytes += image_bytes_removed;
        report.ran = true;
        report.temporaries_removed = remove_orphans(layout)?;
        report.quarantine_removed = remove_older(&scan::list(&layout.quarantine())?, QUARANTINE_AGE);
        report.indexes_removed = remove_older(&scan::files(&layout.indexes())?, INDEX_AGE);
        self.packs.forget();
        // Order is a convenience: a disk without room for it is no fault.
        let tidied = tidy(layout).unwrap_or_default();
        (report.packed, report.merged) = (tidied.objects_packed, tidied.packs_merged);
        write_stamp(&layout.gc_stamp())?;
        Ok(report)
    }

    /// Whether the last gc is at least `min_interval` ago, or none has run yet. One status
    /// call. `false` for a store that is not writable.
    #[must_use]
    pub fn gc_due(&self, min_interval: Duration) -> bool {
        let Some(layout) = self.writable() else {
            return false;
        };
        let last = fs::metadata(layout.gc_stamp()).and_then(|meta| meta.modified());
        // A stamp from the future is worth nothing.
        last.ok().and_then(|last| SystemTime::now().duration_since(last).ok()).is_none_or(|age| age >= min_interval)
    }
}

/// The lock, for as long as the file is open; `None` if another process has it. Where locks are
/// not supported, gcs run side by side, which is only a waste.
fn lock(path: &Path) -> Result<Option<File>, StoreError> {
    let file = platform::private_file().write(true).create(true).truncate(false).open(path).context("lock", path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// What eviction takes or leaves as a whole.
struct Candidate {
    modified: SystemTime,
    place: Place,
    len: u64,
    objects: u64,
}

/// Where it is. There may be a million objects, so that a path for each would be too much.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Object(Key),
    File(Box<Path>),
}

impl Place {
    fn remove(&self, layout: &Layout) -> Result<bool, StoreError> {
        match self {
            Self::Object(key) => scan::remove(&layout.object(key)),
            Self::File(path) => scan::remove(path),
        }
    }
}

fn candidates(layout: &Layout) -> Result<Vec<Candidate>, StoreError> {
    let loose = scan::objects(layout)?.into_iter().map(|object| Candidate {
        modified: object.modified,
        place: Place::Object(object.key),
        len: object.len,
        objects: 1,
    });
    let packs = scan::packs(layout)?.into_iter().map(|pack| Candidate {
        modified: pack.modified,
        place: Place::File(pack.path.into()),
        len: pack.len,
        objects: pack.objects,
    });
    let images = images::list(layout)?.into_iter().map(|image| Candidate {
        modified: image.used,
        place: Place::File(image.path.into()),
        len: image.len,
        objects: 1,
    });
    Ok(loose.chain(packs).chain(images).collect())
}

fn evict(layout: &Layout, limit_bytes: u64) -> Result<GcReport, StoreError> {
    let mut candidates = candidates(layout)?;
    let mut report = GcReport {
        kept: candidates.iter().map(|candidate| candidate.objects).sum(),
        kept_bytes: candidates.iter().map(|candidate| candidate.len).sum(),
        ..GcReport::default()
    };
    if report.kept_bytes > limit_bytes {
        candidates.sort_unstable_by(|a, b| (a.modified, &a.place).cmp(&(b.modified, &b.place)));
    }
    for candidate in candidates {
        if report.kept_bytes <= limit_bytes {
            break;
        }
        let Ok(removed) = candidate.place.remove(layout) else {
            continue;
        };
        report.kept -= candidate.objects;
        report.kept_bytes -= candidate.len;
        if removed {
            report.removed += candidate.objects;
            report.removed_bytes += candidate.len;
        }
    }
    Ok(report)
}

/// Removes the temporaries of writers that died. Returns their number.
pub(crate) fn remove_orphans(layout: &Layout) -> Result<u64, StoreError> {
    let mut suspects = scan::files(&layout.temporaries())?;
    suspects.retain(is_unlocked);
    if suspects.is_empty() {
        return Ok(0);
    }
    // A writer that has only just created its file locks it now.
    thread::sleep(LOCK_GRACE);
    Ok(count(suspects.iter().filter(|file| is_unlocked(file) && scan::remove(&file.path).unwrap_or(false))))
}

/// A living writer holds a lock on its temporary. Where that cannot be told, age decides.
fn is_unlocked(file: &DirItem) -> bool {
    let opened = platform::open_for_read(&file.path);
    match opened.as_ref().map(File::try_lock) {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock)) => false,
        Ok(Err(TryLockError::Error(_))) | Err(_) => scan::age_of(&file.meta) > ORPHAN_AGE,
    }
}

fn remove_older(items: &[DirItem], age: Duration) -> u64 {
    count(items.iter().filter(|item| scan::age_of(&item.meta) > age && scan::discard(item).unwrap_or(false)))
}

fn count(items: impl Iterator) -> u64 {
    items.count() as u64
}

/// The stamp is an empty file; its modification time is what counts.
fn write_stamp(path: &Path) -> Result<(), StoreError> {
    platform::private_file()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .context("write", path)
}
