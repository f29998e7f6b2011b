//! A store with a remote behind it.

use std::sync::atomic::Ordering;

use super::tier::Remote;
use crate::key::Key;
use crate::layout::Layout;
use crate::map::Mapping;
use crate::object::Artifact;
use crate::packs;
use crate::publish::publish;
use crate::remote_stats;
use crate::scan;
use crate::store::{Mode, Store};

/// Artifacts that are in memory at the same time when many are fetched or sent.
const GROUP: usize = 512;

/// What [`Store::push`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PushReport {
    /// Artifacts of the store.
    pub objects: u64,
    /// Those that the remote had.
    pub present: u64,
    /// Those that were sent.
    pub sent: u64,
}

impl Store {
    /// The same store with a remote behind it. A store that is off has no use for one.
    #[must_use]
    pub fn with_remote(mut self, remote: Remote) -> Self {
        self.remote = (self.mode() != Mode::Off).then_some(remote);
        self
    }

    /// The remote behind it.
    #[must_use]
    pub fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    /// Asks the remote for what is not on disk, and keeps it there.
    pub(crate) fn fetch(&self, key: &Key) -> Option<Artifact> {
        let bytes = self.remote()?.get(key)?;
        if let Some(layout) = self.writable() {
            let published = publish(layout, &layout.object(key), &bytes);
            self.count_stored(1, bytes.len() as u64, published.is_ok());
        }
        Artifact::in_memory(Mapping::copy_of(&bytes).ok()?, key).ok()
    }

    /// Brings what is not on disk from the remote, many at the same time; how many there were.
    /// Of what could not be kept on disk, nothing remains.
    pub fn fetch_ahead(&self, keys: &[Key]) -> usize {
        let Some(remote) = self.remote().filter(|_| self.writable().is_some()) else { return 0 };
        let mut missing: Vec<Key> = keys.iter().filter(|key| !self.contains(key)).copied().collect();
        missing.sort_unstable();
        missing.dedup();
        let mut found = 0;
        for group in missing.chunks(GROUP) {
            let mut artifacts = Vec::new();
            remote.get_all(group, &mut |key, bytes| artifacts.push((key, bytes)));
            found += artifacts.len();
            // What there is no room for is compiled.
            let _ = self.store_all(artifacts);
        }
        found
    }

    /// Which of these are in the remote, by its word alone. Writes nothing.
    #[must_use]
    pub fn known_to_remote(&self, keys: &[Key]) -> Vec<Key> {
        self.remote().map(|remote| remote.contains_all(keys)).unwrap_or_default()
    }

    /// Sends the remote what it does not have of this store, and waits for it.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::StoreError) if the store cannot be listed.
    pub fn push(&self) -> Result<PushReport, crate::StoreError> {
        let (Some(remote), Some(layout)) = (self.remote(), self.readable()) else {
            return Ok(PushReport::default());
        };
        let mut keys: Vec<Key> = scan::objects(layout)?.into_iter().map(|object| object.key).collect();
        for slot in packs::open_all(&layout.packs())? {
            keys.extend(slot.pack().into_iter().flat_map(|pack| pack.keys()));
        }
        keys.sort_unstable();
        keys.dedup();
        let mut report = PushReport { objects: keys.len() as u64, ..PushReport::default() };
        let sent_before = remote.counters().sent.load(Ordering::Relaxed);
        for group in keys.chunks(GROUP) {
            let mut present = remote.contains_all(group);
            present.sort_unstable();
            report.present += present.len() as u64;
            for key in group.iter().filter(|key| present.binary_search(key).is_err()) {
                if let Ok(artifact) = self.look_up(key) {
                    remote.offer(key, artifact.bytes().to_vec(), true);
                }
            }
        }
        remote.flush(true);
        report.sent = remote.counters().sent.load(Ordering::Relaxed) - sent_before;
        Ok(report)
    }

    /// Tells the remote of a new artifact.
    pub(crate) fn offer(&self, key: &Key, bytes: &[u8], waits: bool) {
        if let Some(remote) = self.remote().filter(|remote| remote.is_writable()) {
            remote.offer(key, bytes.to_vec(), waits);
        }
    }

    /// Logs what was counted since the last time.
    pub(crate) fn flush_remote_stats(&self, layout: &Layout) {
        let Some(remote) = self.remote() else { return };
        let counts = remote.counters().take();
        if counts != remote_stats::RemoteCounts::default() {
            // The log is a convenience.
            let _ = remote_stats::append(layout, &counts);
        }
    }
}
