//! Looking at what is in bundles.

use std::collections::BTreeMap;

use pyc_rs_cache::{BundleError, Entry, EntryKind};

use super::BundleFile;

/// What is wrong with the entries of a bundle, in their order. The index was verified when it
/// was opened.
#[must_use]
pub fn faults(file: &BundleFile) -> Vec<BundleError> {
    file.bundle().entries().filter_map(|entry| entry.bytes().err()).collect()
}

/// An entry that two bundles do not have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: EntryKind,
    /// What became of it.
    pub change: ChangeKind,
}

/// What became of an entry from one bundle to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is in the second only.
    Added,
    /// It is in the first only.
    Removed,
    /// It is in both, with different content.
    Changed,
}

/// What is different from one bundle to another, in the order of names, then kinds.
///
/// # Errors
///
/// When an entry that has to be compared is damaged.
pub fn differences(first: &BundleFile, second: &BundleFile) -> Result<Vec<Change>, BundleError> {
    let mut pairs: BTreeMap<_, (Option<Entry<'_>>, Option<Entry<'_>>)> = BTreeMap::new();
    for entry in first.bundle().entries() {
        pairs.entry((entry.name, entry.kind)).or_default().0 = Some(entry);
    }
    for entry in second.bundle().entries() {
        pairs.entry((entry.name, entry.kind)).or_default().1 = Some(entry);
    }
    let mut changes = Vec::new();
    for ((name, kind), pair) in pairs {
        let change = match pair {
            (Some(_), None) => Some(ChangeKind::Removed),
            (None, Some(_)) => Some(ChangeKind::Added),
            (Some(a), Some(b)) if !are_equal(&a, &b)? => Some(ChangeKind::Changed),
            _ => None,
        };
        changes.extend(change.map(|change| Change { name: name.to_owned(), kind, change }));
    }
    Ok(changes)
}

fn are_equal(a: &Entry<'_>, b: &Entry<'_>) -> Result<bool, BundleError> {
    if (a.is_package, a.raw_len) != (b.is_package, b.raw_len) {
        return Ok(false);
    }
    // Another version of the compressor may have stored the same content in another way.
    Ok((a.hash == b.hash && a.is_compressed() == b.is_compressed()) || a.bytes()? == b.bytes()?)
}
