//! Checking every object of a store.

use std::path::Path;

use crate::artifact::ArtifactError;
use crate::error::StoreError;
use crate::scan;
use crate::store::{Artifact, Fault, Store, open_object};

/// What [`Store::verify`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Number of objects read.
    pub checked: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Number of objects that are not what they should be.
    pub bad: u64,
    /// Number of objects that could not be opened. They are not among those checked.
    pub unreadable: u64,
}

impl Store {
    /// Hashes every object again and decodes its metadata. Bad ones are reported and moved to
    /// quarantine; in a read-only store they stay. Objects that vanish meanwhile are left out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a folder of the store cannot be listed.
    pub fn verify(&self, on_bad: &mut dyn FnMut(&Path, &ArtifactError)) -> Result<VerifyReport, StoreError> {
        let mut report = VerifyReport::default();
        let Some(layout) = self.readable() else {
            return Ok(report);
        };
        for object in scan::objects(layout)? {
            let path = layout.object(&object.key);
            let checked = open_object(&path).and_then(|opened| opened.verify(&object.key));
            match checked.and_then(with_valid_meta) {
                Ok(artifact) => {
                    report.checked += 1;
                    report.bytes += artifact.file_len();
                }
                Err(Fault::Absent) => {}
                Err(Fault::NotAFile | Fault::Unreadable(_)) => report.unreadable += 1,
                Err(Fault::Corrupt(error)) => {
                    report.checked += 1;
                    report.bytes += object.len;
                    report.bad += 1;
                    on_bad(&path, &error);
                    self.quarantine(&object.key);
                }
            }
        }
        Ok(report)
    }
}

fn with_valid_meta(artifact: Artifact) -> Result<Artifact, Fault> {
    artifact.meta().map_err(Fault::Corrupt)?;
    Ok(artifact)
}
