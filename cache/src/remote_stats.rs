//! What happened between a store and its remote: counters of this process, and a log of what
//! recent processes counted. It is kept for stores without a remote too, so that `cache info`
//! tells the same whatever it was built with.

#[cfg(any(feature = "remote", test))]
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layout::Layout;
#[cfg(any(feature = "remote", test))]
use crate::stats;
use crate::stats::{is_recent, read_records, unix_secs};

/// Name of the log within the folder of statistics.
const LOG: &str = "remote";

/// What a process did with a remote. Updated without ordering between the counters.
#[derive(Debug, Default)]
pub struct RemoteCounters {
    /// Artifacts that were found there.
    pub hits: AtomicU64,
    /// Those that were not.
    pub misses: AtomicU64,
    /// What was there and was not used: damaged, foreign, or without the right tag.
    pub refused: AtomicU64,
    /// Operations that failed or took too long, retries not counted.
    pub errors: AtomicU64,
    /// Artifacts that were sent.
    pub sent: AtomicU64,
    /// Those that were not, because there was no room or no time.
    pub dropped: AtomicU64,
    /// Size of what came, in bytes.
    pub received_bytes: AtomicU64,
    /// Size of what was sent, in bytes.
    pub sent_bytes: AtomicU64,
}

/// The values of [`RemoteCounters`] at one time, or their sums over processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoteCounts {
    /// Artifacts that were found there.
    pub hits: u64,
    /// Those that were not.
    pub misses: u64,
    /// What was there and was not used: damaged, foreign, or without the right tag.
    pub refused: u64,
    /// Operations that failed or took too long, retries not counted.
    pub errors: u64,
    /// Artifacts that were sent.
    pub sent: u64,
    /// Those that were not, because there was no room or no time.
    pub dropped: u64,
    /// Size of what came, in bytes.
    pub received_bytes: u64,
    /// Size of what was sent, in bytes.
    pub sent_bytes: u64,
}

impl RemoteCounters {
    /// The values since the last call, which are taken out.
    #[cfg(any(feature = "remote", test))]
    pub(crate) fn take(&self) -> RemoteCounts {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        RemoteCounts {
            hits: take(&self.hits),
            misses: take(&self.misses),
            refused: take(&self.refused),
            errors: take(&self.errors),
            sent: take(&self.sent),
            dropped: take(&self.dropped),
            received_bytes: take(&self.received_bytes),
            sent_bytes: take(&self.sent_bytes),
        }
    }

    /// The present values.
    #[must_use]
    pub fn snapshot(&self) -> RemoteCounts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RemoteCounts {
            hits: load(&self.hits),
            misses: load(&self.misses),
            refused: load(&self.refused),
            errors: load(&self.errors),
            sent: load(&self.sent),
            dropped: load(&self.dropped),
            received_bytes: load(&self.received_bytes),
            sent_bytes: load(&self.sent_bytes),
        }
    }
}

/// A record of the log.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Record {
    unix_secs: U64,
    received_bytes: U64,
    sent_bytes: U64,
    hits: U32,
    misses: U32,
    refused: U32,
    errors: U32,
    sent: U32,
    dropped: U32,
}

const _: () = assert!(size_of::<Record>() == 48);

/// Appends to the log.
#[cfg(any(feature = "remote", test))]
pub(crate) fn append(layout: &Layout, counts: &RemoteCounts) -> io::Result<()> {
    let narrow = |count: u64| U32::new(u32::try_from(count).unwrap_or(u32::MAX));
    let record = Record {
        unix_secs: U64::new(unix_secs()),
        received_bytes: U64::new(counts.received_bytes),
        sent_bytes: U64::new(counts.sent_bytes),
        hits: narrow(counts.hits),
        misses: narrow(counts.misses),
        refused: narrow(counts.refused),
        errors: narrow(counts.errors),
        sent: narrow(counts.sent),
        dropped: narrow(counts.dropped),
    };
    stats::append(layout, LOG, record.as_bytes())
}

/// Sums up the log.
pub(crate) fn recent(layout: &Layout) -> RemoteCounts {
    let (now, mut sum) = (unix_secs(), RemoteCounts::default());
    read_records(layout, LOG, |record: &Record| {
        if is_recent(record.unix_secs.get(), now) {
            sum.hits += u64::from(record.hits.get());
            sum.misses += u64::from(record.misses.get());
            sum.refused += u64::from(record.refused.get());
            sum.errors += u64::from(record.errors.get());
            sum.sent += u64::from(record.sent.get());
            sum.dropped += u64::from(record.dropped.get());
            sum.received_bytes = sum.received_bytes.saturating_add(record.received_bytes.get());
            sum.sent_bytes = sum.sent_bytes.saturating_add(record.sent_bytes.get());
        }
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_logged_and_summed_up_once() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().to_owned());
        layout.create().unwrap();
        let counters = RemoteCounters::default();
        counters.hits.fetch_add(3, Ordering::Relaxed);
        counters.sent_bytes.fetch_add(1 << 40, Ordering::Relaxed);
        let counts = counters.take();
        assert_eq!((counts.hits, counters.take()), (3, RemoteCounts::default()));
        append(&layout, &counts).unwrap();
        append(&layout, &counts).unwrap();
        let sum = recent(&layout);
        assert_eq!((sum.hits, sum.sent_bytes, sum.errors), (6, 2 << 40, 0));
        // A torn record shifts nothing: the log is set aside.
        let log = layout.stats().join(LOG);
        let mut bytes = std::fs::read(&log).unwrap();
        bytes.truncate(50);
        std::fs::write(&log, bytes).unwrap();
        append(&layout, &counts).unwrap();
        assert_eq!(recent(&layout).hits, 6);
    }
}
