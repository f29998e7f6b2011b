//! Checking every object of a store.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::artifact::ArtifactError;
use crate::error::StoreError;
use crate::key::Key;
use crate::layout::Layout;
use crate::object::{Artifact, Fault, open_object};
use crate::pack::PackError;
use crate::packs::{self, MappedPack, Packed, Slot};
use crate::scan;
use crate::store::Store;

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
    /// Hashes every object again and decodes its metadata. Bad ones are reported and moved to
    /// quarantine; in a read-only store they stay. A bad object in a pack counts by itself, a
    /// pack whose table is bad as one. Objects that vanish meanwhile are left out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed.
    pub fn verify(&self, on_bad: OnBad<'_>) -> Result<VerifyReport, StoreError> {
        let mut report = VerifyReport::default();
        let Some(layout) = self.readable() else {
            return Ok(report);
        };
        self.verify_loose(layout, &mut report, on_bad)?;
        for slot in packs::open_all(&layout.packs())? {
            self.verify_pack(slot, &mut report, on_bad);
        }
        self.packs.forget();
        Ok(report)
    }

    fn verify_loose(&self, layout: &Layout, report: &mut VerifyReport, on_bad: OnBad<'_>) -> Result<(), StoreError> {
        for object in scan::objects(layout)? {
            let path = layout.object(&object.key);
            let checked = open_object(&path).and_then(|opened| opened.verify(&object.key));
            match checked.and_then(with_valid_meta) {
                Ok(artifact) => {
                    report.checked += 1;
                    report.bytes += artifact.file_len();
                }
                Err(Fault::Corrupt(error)) => {
                    report.checked += 1;
                    report.bytes += object.len;
                    report.bad += 1;
                    on_bad(&BadObject { path, key: Some(object.key), error: error.into() });
                    self.quarantine(&object.key);
                }
                Err(Fault::Absent) => {}
                Err(Fault::NotAFile | Fault::Unreadable(_) | Fault::BadPack(_)) => report.unreadable += 1,
            }
        }
        Ok(())
    }

    fn verify_pack(&self, slot: Slot, report: &mut VerifyReport, on_bad: OnBad<'_>) {
        let opened = slot.pack().map(Arc::clone).map_err(|fault| (*fault).clone());
        let checked = opened.and_then(|pack| match pack.check() {
            Ok(()) => Ok(pack),
            Err(error) => Err(Fault::BadPack(error)),
        });
        match checked {
            Ok(pack) => {
                let bad = check_entries(&pack, &slot, report, on_bad);
                if let Some(index) = bad {
                    self.mend_pack(&Packed { slot: Arc::new(slot), pack, index });
                }
            }
            Err(Fault::BadPack(error)) => {
                report.bad += 1;
                on_bad(&BadObject { path: slot.path.clone(), key: None, error: error.into() });
                self.quarantine_pack(&slot.path);
            }
            Err(Fault::Absent) => {}
            Err(Fault::NotAFile | Fault::Unreadable(_) | Fault::Corrupt(_)) => report.unreadable += 1,
        }
    }
}

/// Checks every artifact of a pack. Returns the number of one that is bad.
fn check_entries(pack: &Arc<MappedPack>, slot: &Slot, report: &mut VerifyReport, on_bad: OnBad<'_>) -> Option<usize> {
    let mut bad = None;
    for (index, key) in pack.keys().enumerate() {
        report.checked += 1;
        report.bytes += pack.bytes_of(index).len() as u64;
        let artifact = Artifact::from_pack(Arc::clone(pack), index, &key).map_err(Fault::Corrupt);
        if let Err(Fault::Corrupt(error)) = artifact.and_then(with_valid_meta) {
            report.bad += 1;
            on_bad(&BadObject { path: slot.path.clone(), key: Some(key), error: error.into() });
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
