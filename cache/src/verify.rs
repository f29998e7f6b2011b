//! Checking every object of a store.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::artifact::{self, ArtifactError};
use crate::error::StoreError;
use crate::index::now_ns;
use crate::key::Key;
use crate::layout::Layout;
use crate::object::{Artifact, Fault, open_object};
use crate::pack::PackError;
use crate::packs::{MappedPack, Packed, Slot};
use crate::parallel;
use crate::scan;
use crate::store::Store;

/// Objects in files of their own that one thread checks before it looks for more work.
const UNIT: usize = 1024;

/// A larger object is mapped, in bytes.
const LARGE_OBJECT: u64 = 1 << 20;

/// What [`Store::verify`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Number of objects read.
    pub checked: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Number of objects and packs that are not what they should be.
    pub bad: u64,
    /// Number of objects and packs that could not be opened. They are not among those checked.
    pub unreadable: u64,
    /// Number of objects that were not looked at, because a sample of them was enough.
    pub left_out: u64,
}

/// An object or a pack that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadObject {
    /// The file of the object, or the pack.
    pub path: PathBuf,
    /// The object. `None` if a pack is bad as a whole.
    pub key: Option<Key>,
    /// What is wrong.
    pub error: ObjectError,
}

/// What is wrong with an object or a pack.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// The object is damaged.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The pack is damaged as a whole.
    #[error(transparent)]
    Pack(#[from] PackError),
}

/// Is told of each bad object.
pub type OnBad<'a> = &'a mut dyn FnMut(&BadObject);

impl Store {
    /// Hashes every object again and decodes its metadata, on all processors. Bad ones are reported
    /// at the end and moved to quarantine; in a read-only store they stay. A bad object in a pack
    /// counts by itself, a pack whose table is bad as one. Objects that vanish meanwhile are left out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed.
    pub fn verify(&self, on_bad: OnBad<'_>) -> Result<VerifyReport, StoreError> {
        self.verify_some(None, on_bad)
    }

    /// [`verify`](Self::verify) of so many objects, picked at random: other ones each time. Where
    /// every thousandth object is bad, a sample of 3,000 finds one in 19 of 20 times. The tables of
    /// the packs that they are in are checked as a whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed.
    pub fn verify_sample(&self, objects: u64, on_bad: OnBad<'_>) -> Result<VerifyReport, StoreError> {
        self.verify_some(Some(objects), on_bad)
    }

    fn verify_some(&self, sample: Option<u64>, on_bad: OnBad<'_>) -> Result<VerifyReport, StoreError> {
        let Some(layout) = self.readable() else {
            return Ok(VerifyReport::default());
        };
        let (units, left_out) = units(layout, sample)?;
        // A pack comes from the disk in large parts by itself.
        let (loose, packs): (Vec<Unit>, Vec<Unit>) = units.into_iter().partition(|unit| matches!(unit, Unit::Loose(_)));
        let check = |unit: &Unit| self.check(layout, unit);
        let found = parallel::map_files(&loose, check).into_iter().chain(parallel::map(&packs, check));
        let Found { mut report, mut bad } = found.fold(Found::default(), Found::and);
        self.packs.forget();
        bad.sort_by(|a, b| (&a.path, a.key).cmp(&(&b.path, b.key)));
        bad.iter().for_each(on_bad);
        report.left_out = left_out;
        Ok(report)
    }

    fn check(&self, layout: &Layout, unit: &Unit) -> Found {
        let mut found = Found::default();
        match unit {
            Unit::Loose(keys) => keys.iter().for_each(|key| self.check_loose(layout, key, &mut found)),
            Unit::Pack { path, picks } => self.check_pack(Slot::new(path.clone()), picks.as_deref(), &mut found),
        }
        found
    }

    fn check_loose(&self, layout: &Layout, key: &Key, found: &mut Found) {
        let path = layout.object(key);
        let report = &mut found.report;
        match verified(&path, key) {
            Ok((bytes, error)) => {
                report.checked += 1;
                report.bytes += bytes;
                if let Some(error) = error {
                    found.is_bad(path, Some(*key), error);
                    self.quarantine(key);
                }
            }
            Err(Fault::Absent) => {}
            Err(_) => report.unreadable += 1,
        }
    }

    fn check_pack(&self, slot: Slot, picks: Option<&[usize]>, found: &mut Found) {
        let opened = slot.pack().map(Arc::clone).map_err(|fault| (*fault).clone());
        let checked = opened.and_then(|pack| match pack.check() {
            Ok(()) => Ok(pack),
            Err(error) => Err(Fault::BadPack(error)),
        });
        match checked {
            Ok(pack) => {
                let bad = check_entries(&pack, &slot, picks, found);
                if let Some(index) = bad {
                    self.mend_pack(&Packed { slot: Arc::new(slot), pack, index });
                }
            }
            Err(Fault::BadPack(error)) => {
                found.is_bad(slot.path.clone(), None, error);
                self.quarantine_pack(&slot.path);
            }
            Err(Fault::Absent) => {}
            Err(Fault::NotAFile | Fault::Unreadable(_) | Fault::Corrupt(_)) => found.report.unreadable += 1,
        }
    }
}

/// What one thread does at a time.
enum Unit {
    Loose(Vec<Key>),
    /// All artifacts of a pack, or those of these numbers.
    Pack {
        path: PathBuf,
        picks: Option<Vec<usize>>,
    },
}

/// What was found so far.
#[derive(Default)]
struct Found {
    report: VerifyReport,
    bad: Vec<BadObject>,
}

impl Found {
    fn and(mut self, other: Self) -> Self {
        let VerifyReport { checked, bytes, bad, unreadable, left_out: _ } = other.report;
        self.report.checked += checked;
        self.report.bytes += bytes;
        self.report.bad += bad;
        self.report.unreadable += unreadable;
        self.bad.extend(other.bad);
        self
    }

    fn is_bad(&mut self, path: PathBuf, key: Option<Key>, error: impl Into<ObjectError>) {
        self.report.bad += 1;
        self.bad.push(BadObject { path, key, error: error.into() });
    }
}

/// What is to be checked, and how many objects are not.
fn units(layout: &Layout, sample: Option<u64>) -> Result<(Vec<Unit>, u64), StoreError> {
    let mut loose = scan::keys(layout)?;
    let packs = scan::packs(layout)?;
    let total = loose.len() as u64 + packs.iter().map(|pack| pack.objects).sum::<u64>();
    let picked = sample.filter(|sample| *sample < total).map(|sample| pick(sample, total));
    let left_out = picked.as_ref().map_or(0, |picked| total - picked.len() as u64);
    let picks_in = |range: Range<u64>| {
        let picked = picked.as_ref()?;
        let part = picked.partition_point(|n| *n < range.start)..picked.partition_point(|n| *n < range.end);
        let number = |n: &u64| usize::try_from(n - range.start).unwrap_or(usize::MAX);
        Some(picked.get(part).unwrap_or_default().iter().map(number).collect::<Vec<usize>>())
    };
    let mut start = loose.len() as u64;
    if let Some(picks) = picks_in(0..start) {
        loose = picks.into_iter().filter_map(|index| loose.get(index).copied()).collect();
    }
    let mut units: Vec<Unit> = loose.chunks(UNIT).map(|keys| Unit::Loose(keys.to_vec())).collect();
    for pack in packs {
        let picks = picks_in(start..start + pack.objects);
        start += pack.objects;
        if picks.as_ref().is_none_or(|picks| !picks.is_empty()) {
            units.push(Unit::Pack { path: pack.path, picks });
        }
    }
    Ok((units, left_out))
}

/// So many different numbers below `total`, in order (R. W. Floyd's way).
fn pick(sample: u64, total: u64) -> Vec<u64> {
    let mut random = blake3::Hasher::new().update(&now_ns().to_le_bytes()).finalize_xof();
    let mut below = |limit: u64| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    };
    let mut picked = HashSet::new();
    for last in total.saturating_sub(sample)..total {
        let number = below(last + 1);
        if !picked.insert(number) {
            picked.insert(last);
        }
    }
    let mut picked: Vec<u64> = picked.into_iter().collect();
    picked.sort_unstable();
    picked
}

/// The size of an object, and what is wrong with it.
fn verified(path: &Path, key: &Key) -> Result<(u64, Option<ArtifactError>), Fault> {
    let opened = open_object(path)?;
    let len = opened.len();
    // Reading costs less than mapping, for what is looked at once.
    let error = if len <= LARGE_OBJECT {
        let bytes = opened.read(LARGE_OBJECT).ok_or_else(|| Fault::Unreadable("it changes".to_owned()))?;
        artifact::parse(&bytes, Some(key)).and_then(|view| view.meta()).err()
    } else {
        match opened.verify(key).and_then(with_valid_meta) {
            Ok(_) => None,
            Err(Fault::Corrupt(error)) => Some(error),
            Err(fault) => return Err(fault),
        }
    };
    Ok((len, error))
}

/// Checks artifacts of a pack. Returns the number of one that is bad.
fn check_entries(pack: &Arc<MappedPack>, slot: &Slot, picks: Option<&[usize]>, found: &mut Found) -> Option<usize> {
    let mut bad = None;
    let mut picks = picks.map(|picks| picks.iter().copied().peekable());
    for (index, key) in pack.keys().enumerate() {
        if picks.as_mut().is_some_and(|picks| picks.next_if_eq(&index).is_none()) {
            continue;
        }
        found.report.checked += 1;
        found.report.bytes += pack.bytes_of(index).len() as u64;
        let artifact = Artifact::from_pack(Arc::clone(pack), index, &key).map_err(Fault::Corrupt);
        if let Err(Fault::Corrupt(error)) = artifact.and_then(with_valid_meta) {
            found.is_bad(slot.path.clone(), Some(key), error);
            pack.condemn(index);
            bad = Some(index);
        }
    }
    bad
}

fn with_valid_meta(artifact: Artifact) -> Result<Artifact, Fault> {
    artifact.meta().map_err(Fault::Corrupt)?;
    Ok(artifact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_of_different_numbers_in_order() {
        for (sample, total) in [(0, 5), (1, 1), (3, 5), (5, 5), (100, 1000)] {
            let picked = pick(sample, total);
            assert_eq!(picked.len() as u64, sample);
            assert!(picked.is_sorted_by(|a, b| a < b) && picked.iter().all(|n| *n < total));
        }
    }
}
