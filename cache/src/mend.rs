//! Bad objects and packs, and how they are moved out of the way.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use std::{fs, process};

use crate::error::StoreError;
use crate::index::now_ns;
use crate::key::Key;
use crate::layout::Layout;
use crate::pack_format::Head;
use crate::packs::{MappedPack, Packed};
use crate::platform;
use crate::publish::{publish, publish_large};
use crate::scan;
use crate::store::{MissReason, Store};

/// What the names of packs in quarantine begin with; those of objects begin with their keys.
const PACK_PREFIX: &str = "pack-";

impl Store {
    /// Moves a bad object out of the way, or removes it where that fails.
    pub(crate) fn quarantine(&self, key: &Key) {
        let Some(layout) = self.writable() else {
            return;
        };
        if set_aside(layout, &layout.object(key), &key.to_string()).is_ok() {
            self.counters().quarantined.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Moves what has the place of a pack and is none out of the way.
    pub(crate) fn quarantine_pack(&self, path: &Path) {
        let Some(layout) = self.writable() else {
            return;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if set_aside(layout, path, &format!("{PACK_PREFIX}{name}")).is_ok() {
            self.counters().quarantined.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes the bad artifacts out of a pack: they are copied to quarantine, and the others
    /// published as another pack in place of this one. All of it is looked at, so that a pack
    /// is written anew once, however much of it is bad.
    pub(crate) fn mend_pack(&self, found: &Packed) {
        let Some(layout) = self.writable() else {
            return;
        };
        let mut lost = self.packs.lost();
        // A pack that somebody else has removed or mended must not come back.
        if !found.slot.path.exists() {
            return;
        }
        let (pack, path) = (&*found.pack, &found.slot.path);
        let (good, bad): (Vec<_>, Vec<_>) =
            pack.keys().enumerate().partition(|(index, _)| pack.locate(*index, false).is_ok());
        for (index, key) in &bad {
            // Who looks for this one is answered already.
            if *index != found.index
                && let Err(error) = pack.locate(*index, true)
            {
                lost.insert(*key, MissReason::Corrupt(error.to_string()));
            }
            let copy = layout.quarantine().join(quarantine_name(&key.to_string()));
            if publish(layout, &copy, pack.bytes_of(*index)).is_ok() {
                self.counters().quarantined.fetch_add(1, Ordering::Relaxed);
            }
        }
        let good: Vec<(Key, &[u8])> = good.into_iter().map(|(index, key)| (key, pack.bytes_of(index))).collect();
        let modified = fs::metadata(path).and_then(|meta| meta.modified()).ok();
        // Without room for the new pack the old one stays, and its bad entries are misses.
        if publish_pack(layout, &good, modified).is_ok() {
            let _ = fs::remove_file(path);
        }
    }
}

/// What was moved out of the way, as far as it is still there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarantined {
    /// The keys of bad objects, each once, in order.
    pub keys: Vec<Key>,
    /// Number of packs that were bad as a whole: what was in them is not known.
    pub packs: u64,
}

impl Store {
    /// What is in quarantine, by the names of the files there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the folder cannot be listed.
    pub fn quarantined(&self) -> Result<Quarantined, StoreError> {
        let mut found = Quarantined::default();
        let Some(layout) = self.readable() else { return Ok(found) };
        for item in scan::list(&layout.quarantine())? {
            let name = item.name.to_string_lossy();
            if name.starts_with(PACK_PREFIX) {
                found.packs += 1;
            } else if let Some((key, _)) = name.split_once('-') {
                found.keys.extend(key.parse::<Key>());
            }
        }
        found.keys.sort_unstable();
        found.keys.dedup();
        Ok(found)
    }
}

/// Publishes a pack of artifacts, sorted by their keys. Returns its path; no artifacts make
/// no pack.
pub(crate) fn publish_pack<B: AsRef<[u8]>>(
    layout: &Layout,
    artifacts: &[(Key, B)],
    modified: Option<SystemTime>,
) -> Result<Option<PathBuf>, StoreError> {
    let Some(head) = Head::new(artifacts) else {
        return Ok(None);
    };
    let path = layout.pack(&head.hash);
    publish_large(layout, &path, modified, &|out| head.write(artifacts, out))?;
    Ok(Some(path))
}

/// The bytes of artifacts of a pack that are good.
pub(crate) fn good_artifacts(pack: &Arc<MappedPack>) -> Vec<(Key, PackedBytes)> {
    let good = pack.keys().enumerate().filter(|(index, _)| pack.locate(*index, false).is_ok());
    good.map(|(index, key)| (key, PackedBytes { pack: Arc::clone(pack), index })).collect()
}

/// An artifact that keeps its pack mapped.
pub(crate) struct PackedBytes {
    pack: Arc<MappedPack>,
    index: usize,
}

impl AsRef<[u8]> for PackedBytes {
    fn as_ref(&self) -> &[u8] {
        self.pack.bytes_of(self.index)
    }
}

/// A name that no other file in quarantine has.
fn quarantine_name(what: &str) -> String {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    format!("{what}-{}-{:x}-{serial}", process::id(), now_ns())
}

fn set_aside(layout: &Layout, path: &Path, name: &str) -> io::Result<()> {
    // gc counts the age of a quarantined file from now. What a link points to is not ours.
    let is_file = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    if is_file && let Ok(file) = platform::open_for_read(path) {
        let _ = file.set_modified(SystemTime::now());
    }
    let dir = layout.quarantine();
    platform::create_private_dirs(&dir)
        .and_then(|()| fs::rename(path, dir.join(quarantine_name(name))))
        .or_else(|_| fs::remove_file(path))
}
