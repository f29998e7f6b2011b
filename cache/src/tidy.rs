//! Gathering loose objects into packs, and small packs into larger ones.
//!
//! It runs under the lock of gc, next to readers and writers that know nothing of it: what is
//! gathered is published in its new place before it is removed from the old one, and a reader
//! that finds neither lists the packs again.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::artifact;
use crate::error::StoreError;
use crate::key::Key;
use crate::layout::Layout;
use crate::mend::{PackedBytes, good_artifacts, publish_pack};
use crate::object::open_object;
use crate::pack_format::sort;
use crate::packs::Slot;
use crate::parallel;
use crate::scan::{self, Object, PackFile};

/// Fewer loose objects stay as they are.
const FEW_OBJECTS: usize = 64;

/// A larger object gains nothing from a pack, in bytes.
const LARGE_OBJECT: u64 = 1 << 20;

/// A larger pack is left alone, in bytes.
const SMALL_PACK: u64 = 16 << 20;

/// Fewer small packs stay as they are.
const FEW_PACKS: usize = 8;

/// Size of the packs that are made, in bytes. What is used goes as a whole, and so does what
/// is removed: larger packs would make either coarser.
const PACK_LEN: u64 = 64 << 20;

/// What was gathered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tidied {
    pub(crate) objects_packed: u64,
    pub(crate) packs_merged: u64,
}

/// Puts things in order. What cannot be moved stays where it is.
pub(crate) fn tidy(layout: &Layout) -> Result<Tidied, StoreError> {
    Ok(Tidied { objects_packed: pack_loose(layout)?, packs_merged: merge_packs(layout)? })
}

fn pack_loose(layout: &Layout) -> Result<u64, StoreError> {
    let mut objects = scan::objects(layout)?;
    objects.retain(|object| object.len <= LARGE_OBJECT);
    if objects.len() < FEW_OBJECTS {
        return Ok(0);
    }
    // Neighbours in time become neighbours in a pack.
    objects.sort_unstable_by_key(|object| (object.modified, object.key));
    let mut packed = 0;
    for group in groups(objects, |object| object.len) {
        packed += pack_group(layout, &group)?;
    }
    Ok(packed)
}

fn pack_group(layout: &Layout, objects: &[Object]) -> Result<u64, StoreError> {
    let open = |object: &Object| {
        // Read, not mapped: a system allows a process some ten thousands of mappings.
        let bytes = open_object(&layout.object(&object.key)).ok()?.read(LARGE_OBJECT)?;
        // A bad one is left to whoever looks it up.
        artifact::locate(&bytes, Some(&object.key)).ok()?;
        Some((object.key, bytes))
    };
    let mut artifacts: Vec<(Key, Vec<u8>)> = parallel::map_files(objects, open).into_iter().flatten().collect();
    artifacts.sort_unstable_by_key(|(key, _)| *key);
    publish_pack(layout, &artifacts, newest(objects.iter().map(|object| object.modified)))?;
    // One that cannot be removed is there twice, and harms nobody.
    scan::remove_all(layout, &artifacts, |(key, _)| key).for_each(drop);
    Ok(artifacts.len() as u64)
}

fn merge_packs(layout: &Layout) -> Result<u64, StoreError> {
    let mut packs = scan::packs(layout)?;
    packs.retain(|pack| pack.len < SMALL_PACK);
    if packs.len() < FEW_PACKS {
        return Ok(0);
    }
    packs.sort_by(|a, b| (a.modified, &a.path).cmp(&(b.modified, &b.path)));
    let mut merged = 0;
    for group in groups(packs, |pack| pack.len) {
        if group.len() > 1 {
            merged += merge_group(layout, &group)?;
        }
    }
    Ok(merged)
}

fn merge_group(layout: &Layout, packs: &[PackFile]) -> Result<u64, StoreError> {
    let mut artifacts: Vec<(Key, PackedBytes)> = Vec::new();
    let mut sources: Vec<PathBuf> = Vec::new();
    for file in packs {
        let slot = Slot::new(file.path.clone());
        // One that is bad is left to whoever looks into it.
        if let Ok(pack) = slot.pack()
            && pack.check().is_ok()
        {
            let good = good_artifacts(pack);
            if good.len() == pack.len() {
                artifacts.extend(good);
                sources.push(slot.path);
            }
        }
    }
    if sources.len() < 2 {
        return Ok(0);
    }
    sort(&mut artifacts);
    let published = publish_pack(layout, &artifacts, newest(packs.iter().map(|pack| pack.modified)))?;
    for source in &sources {
        // The new pack has the name of an old one if that held all the others do.
        if published.as_ref() != Some(source) {
            let _ = scan::remove(source);
        }
    }
    Ok(sources.len() as u64)
}

/// The pack is as recently used as what is in it.
fn newest(times: impl Iterator<Item = SystemTime>) -> Option<SystemTime> {
    times.max()
}

/// Splits a list into groups of about the size of a pack.
fn groups<T>(items: Vec<T>, len: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut room = 0;
    for item in items {
        let size = len(&item);
        match groups.last_mut() {
            Some(group) if size <= room => {
                room -= size;
                group.push(item);
            }
            _ => {
                room = PACK_LEN.saturating_sub(size);
                groups.push(vec![item]);
            }
        }
    }
    groups
}
