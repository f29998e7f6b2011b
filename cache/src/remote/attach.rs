//! A store with a remote behind it.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::{mem, thread};

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

/// Artifacts that are kept on disk, or sent, together: at most so many, and so many bytes and one more.
const GROUP: usize = 512;
const GROUP_LEN: usize = 8 << 20;

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

    /// Brings what is not on disk from the remote, many at the same time. Returns the keys of what
    /// is on disk now and was not before; each was verified. The keys may come one by one: what
    /// they take to come is not counted as the remote's.
    pub fn fetch_ahead<I>(&self, keys: I) -> Vec<Key>
    where
        I: IntoIterator<Item = Key>,
        I::IntoIter: Send,
    {
        let Some((remote, layout)) = self.remote().zip(self.writable()) else { return Vec::new() };
        self.packs.refresh(&layout.packs());
        let mut seen = HashSet::new();
        let missing = keys.into_iter().filter(|key| seen.insert(*key) && !self.contains_as_listed(key));
        let (sender, groups) = mpsc::sync_channel(1);
        thread::scope(|scope| {
            // Kept on disk while the next ones are on their way.
            let keep = move || groups.iter().flat_map(|group| self.keep(remote, layout, group)).collect();
            let Ok(keeper) = thread::Builder::new().spawn_scoped(scope, keep) else {
                return Vec::new();
            };
            let (mut group, mut len) = (Vec::new(), 0);
            remote.get_all(missing, &mut |received| {
                len += received.len;
                group.push(received);
                if group.len() >= GROUP || len >= GROUP_LEN {
                    len = 0;
                    let _ = sender.send(mem::take(&mut group));
                }
            });
            let _ = sender.send(group);
            drop(sender);
            keeper.join().unwrap_or_default()
        })
    }

    /// Which of these are in the remote, by its word alone. Writes nothing.
    #[must_use]
    pub fn known_to_remote<I>(&self, keys: I) -> Vec<Key>
    where
        I: IntoIterator<Item = Key>,
        I::IntoIter: Send,
    {
        self.remote().map(|remote| remote.contains_all(keys.into_iter())).unwrap_or_default()
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
        let mut keys = scan::keys(layout)?;
        for slot in packs::open_all(&layout.packs())? {
            keys.extend(slot.pack().into_iter().flat_map(|pack| pack.keys()));
        }
        keys.sort_unstable();
        keys.dedup();
        let mut report = PushReport { objects: keys.len() as u64, ..PushReport::default() };
        let sent_before = remote.counters().sent.load(Ordering::Relaxed);
        for group in keys.chunks(GROUP) {
            let mut present = remote.contains_all(group.iter().copied());
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
