//! Looking at a store as a whole, and emptying it.

use crate::error::StoreError;
use crate::gc;
use crate::images;
use crate::key::Key;
use crate::layout::Layout;
use crate::packs;
use crate::remote_stats::{self, RemoteCounts};
use crate::scan;
use crate::stats::{self, RecentStats};
use crate::store::{Mode, Store};

pub use crate::size::{DEFAULT_SIZE_LIMIT, SizeParseError, parse_size};

/// Summary of a store. All zero where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreInfo {
    /// Number of objects, in files of their own and in packs.
    pub objects: u64,
    /// Number of packs.
    pub packs: u64,
    /// Number of images of started interpreters.
    pub images: u64,
    /// Size of the files, in bytes.
    pub bytes: u64,
    /// Number of files in quarantine, and of what was in the place of one.
    pub quarantined: u64,
    /// Number of files being written, or left behind by writers that died.
    pub temporaries: u64,
    /// What recent processes counted.
    pub recent: RecentStats,
    /// What they did with a remote.
    pub remote: RemoteCounts,
}

/// What [`Store::clear`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClearReport {
    /// Number of objects removed.
    pub removed: u64,
    /// Their size in bytes.
    pub removed_bytes: u64,
}

impl Store {
    /// Sums up the store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed.
    pub fn info(&self) -> Result<StoreInfo, StoreError> {
        let Some(layout) = self.readable() else {
            return Ok(StoreInfo::default());
        };
        let (objects, bytes) = scan::sums(layout)?;
        let packs = scan::packs(layout)?;
        let images = images::list(layout)?;
        Ok(StoreInfo {
            objects: objects + packs.iter().map(|pack| pack.objects).sum::<u64>(),
            packs: packs.len() as u64,
            images: images.len() as u64,
            bytes: bytes
                + packs.iter().map(|pack| pack.len).sum::<u64>()
                + images.iter().map(|image| image.len).sum::<u64>(),
            quarantined: scan::list(&layout.quarantine())?.len() as u64,
            temporaries: scan::files(&layout.temporaries())?.len() as u64,
            recent: stats::recent(layout),
            remote: remote_stats::recent(layout),
        })
    }

    /// The keys of all objects, in ascending order.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed.
    pub fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let Some(layout) = self.readable() else {
            return Ok(Vec::new());
        };
        let mut keys = scan::keys(layout)?;
        for slot in packs::open_all(&layout.packs())? {
            if let Ok(pack) = slot.pack()
                && pack.check().is_ok()
            {
                keys.extend(pack.keys());
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// Removes every object and pack, the stat indexes, the quarantine, the log, and what dead writers
    /// left behind. The folders stay: other processes may go on using the store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a file cannot be removed, or if the store is read-only.
    pub fn clear(&self) -> Result<ClearReport, StoreError> {
        let Some(layout) = self.readable() else {
            return Ok(ClearReport::default());
        };
        if self.mode() != Mode::ReadWrite {
            let path = layout.root().to_owned();
            return Err(StoreError::ReadOnly { action: "clear", path });
        }
        let mut report = clear_objects(layout)?;
        for image in images::list(layout)? {
            if scan::remove(&image.path)? {
                report.removed += 1;
                report.removed_bytes += image.len;
            }
        }
        self.packs.forget();
        for dir in [layout.indexes(), layout.stats(), layout.images()] {
            for file in scan::files(&dir)? {
                scan::remove(&file.path)?;
            }
        }
        for item in scan::list(&layout.quarantine())? {
            scan::discard(&item)?;
        }
        gc::remove_orphans(layout)?;
        Ok(report)
    }
}

fn clear_objects(layout: &Layout) -> Result<ClearReport, StoreError> {
    let mut report = ClearReport::default();
    let objects = scan::objects(layout)?;
    let removed = scan::remove_all(layout, &objects, |object| &object.key);
    for (object, removed) in objects.iter().zip(removed) {
        if removed? {
            report.removed += 1;
            report.removed_bytes += object.len;
        }
    }
    for pack in scan::packs(layout)? {
        if scan::remove(&pack.path)? {
            report.removed += pack.objects;
            report.removed_bytes += pack.len;
        }
    }
    Ok(report)
}
