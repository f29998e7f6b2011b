//! What happened: counters of this process, and a log of what recent processes counted.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layout::Layout;
use crate::platform;
use crate::sessions;
use crate::store::Store;

/// Name of the log within the folder of statistics.
const LOG: &str = "log";

/// The log is set aside when it is larger, in bytes.
const LOG_LIMIT: u64 = 256 << 10;

/// No more is read of a log, in bytes. Concurrent writers overshoot the limit by a little.
const READ_LIMIT: u64 = 2 * LOG_LIMIT;

/// How far [`RecentStats`] look back, in seconds.
const WINDOW_SECS: u64 = 7 * 24 * 60 * 60;

/// What this process did with a store. Updated without ordering between the counters.
#[derive(Debug, Default)]
pub struct Counters {
    /// Gets that found a valid object.
    pub hits: AtomicU64,
    /// Gets that did not, for whatever reason.
    pub misses: AtomicU64,
    /// Objects published.
    pub stored: AtomicU64,
    /// Their size in bytes.
    pub stored_bytes: AtomicU64,
    /// Puts that failed.
    pub put_failures: AtomicU64,
    /// Bad objects moved out of the way.
    pub quarantined: AtomicU64,
    /// Objects that callers made because there was none to use.
    pub made: AtomicU64,
    /// How long that took, in nanoseconds.
    pub made_ns: AtomicU64,
}

/// The values of [`Counters`] at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Gets that found a valid object.
    pub hits: u64,
    /// Gets that did not, for whatever reason.
    pub misses: u64,
    /// Objects published.
    pub stored: u64,
    /// Their size in bytes.
    pub stored_bytes: u64,
    /// Puts that failed.
    pub put_failures: u64,
    /// Bad objects moved out of the way.
    pub quarantined: u64,
    /// Objects that callers made because there was none to use.
    pub made: u64,
    /// How long that took, in nanoseconds.
    pub made_ns: u64,
}

impl Counters {
    /// Counts an object that was made because there was none to use, and how long that took.
    pub fn count_made(&self, elapsed: Duration) {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.made_ns.fetch_add(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The present values.
    #[must_use]
    pub fn snapshot(&self) -> Counts {
        Counts {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            stored: self.stored.load(Ordering::Relaxed),
            stored_bytes: self.stored_bytes.load(Ordering::Relaxed),
            put_failures: self.put_failures.load(Ordering::Relaxed),
            quarantined: self.quarantined.load(Ordering::Relaxed),
            made: self.made.load(Ordering::Relaxed),
            made_ns: self.made_ns.load(Ordering::Relaxed),
        }
    }
}

impl Counts {
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            hits: self.hits.saturating_sub(earlier.hits),
            misses: self.misses.saturating_sub(earlier.misses),
            stored: self.stored.saturating_sub(earlier.stored),
            stored_bytes: self.stored_bytes.saturating_sub(earlier.stored_bytes),
            put_failures: self.put_failures.saturating_sub(earlier.put_failures),
            quarantined: self.quarantined.saturating_sub(earlier.quarantined),
            made: self.made.saturating_sub(earlier.made),
            made_ns: self.made_ns.saturating_sub(earlier.made_ns),
        }
    }
}

/// Sums over the processes of the last 7 days that logged their counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecentStats {
    /// Records in the log, usually one for each process.
    pub runs: u64,
    /// Gets that found a valid object.
    pub hits: u64,
    /// Gets that did not.
    pub misses: u64,
    /// Objects published.
    pub stored: u64,
    /// Puts that failed.
    pub put_failures: u64,
    /// Bad objects moved out of the way.
    pub quarantined: u64,
}

/// A record of the log.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Record {
    unix_secs: U64,
    hits: U32,
    misses: U32,
    stored: U32,
    put_failures: U32,
    quarantined: U32,
    reserved: U32,
}

const RECORD_LEN: usize = size_of::<Record>();
const _: () = assert!(RECORD_LEN == 32);

impl Record {
    fn new(counts: &Counts) -> Self {
        let narrow = |count: u64| U32::new(u32::try_from(count).unwrap_or(u32::MAX));
        Self {
            unix_secs: U64::new(unix_secs()),
            hits: narrow(counts.hits),
            misses: narrow(counts.misses),
            stored: narrow(counts.stored),
            put_failures: narrow(counts.put_failures),
            quarantined: narrow(counts.quarantined),
            reserved: U32::ZERO,
        }
    }

    fn is_recent(&self, now: u64) -> bool {
        self.reserved == U32::ZERO && is_recent(self.unix_secs.get(), now)
    }
}

impl RecentStats {
    fn add(&mut self, record: &Record) {
        self.runs += 1;
        self.hits += u64::from(record.hits.get());
        self.misses += u64::from(record.misses.get());
        self.stored += u64::from(record.stored.get());
        self.put_failures += u64::from(record.put_failures.get());
        self.quarantined += u64::from(record.quarantined.get());
    }

    fn add_counts(&mut self, counts: &Counts) {
        self.runs += 1;
        self.hits += counts.hits;
        self.misses += counts.misses;
        self.stored += counts.stored;
        self.put_failures += counts.put_failures;
        self.quarantined += counts.quarantined;
    }
}

/// How long [`Store::finish`] may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// At most as long as the remote may hold up a process.
    Short,
    /// As long as things go on at a good pace.
    Long,
}

impl Store {
    /// What is to be done before a process ends: waits for what is on its way to the remote, if
    /// there is one, and logs what was counted.
    pub fn finish(&self, patience: Patience) {
        #[cfg(feature = "remote")]
        if let Some(remote) = self.remote() {
            remote.flush(patience == Patience::Long);
        }
        #[cfg(not(feature = "remote"))]
        let _ = patience;
        self.flush_stats();
    }

    /// Appends what was counted since the last call to the log of the store. Does nothing
    /// where nothing was counted, where the store is not writable or does not exist yet, and
    /// where it fails: the log is a convenience.
    pub fn flush_stats(&self) {
        let Some(layout) = self.writable().filter(|layout| layout.exists()) else {
            return;
        };
        #[cfg(feature = "remote")]
        self.flush_remote_stats(layout);
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = self.counters().snapshot();
        let new = counts.since(&flushed);
        if new != Counts::default() && append(layout, "log", Record::new(&new).as_bytes()).is_ok() {
            *flushed = counts;
        }
    }
}

/// Whether a record of this time counts. Both in seconds since 1970.
pub(crate) fn is_recent(time: u64, now: u64) -> bool {
    time <= now && now - time <= WINDOW_SECS
}

/// Appends a record to a log with one write, which concurrent writers cannot tear apart.
pub(crate) fn append(layout: &Layout, name: &str, record: &[u8]) -> io::Result<()> {
    let dir = layout.stats();
    let log = dir.join(name);
    // A log whose end was torn would shift every later record.
    let must_rotate = |len| len > LOG_LIMIT || len % record.len() as u64 != 0;
    if fs::metadata(&log).is_ok_and(|meta| must_rotate(meta.len())) {
        fs::rename(&log, dir.join(format!("{name}.old")))?;
    }
    platform::create_private_dirs(&dir)?;
    let mut file = platform::private_file().append(true).create(true).open(&log)?;
    file.write_all(record)
}

/// What a log holds, the older part first. What cannot be read is left out; there is nobody to
/// tell about it.
pub(crate) fn read_all(layout: &Layout, name: &str) -> [Vec<u8>; 2] {
    [format!("{name}.old"), name.to_owned()].map(|name| read_log(&layout.stats().join(name)).unwrap_or_default())
}

/// Sums up both logs. Records that are malformed, old or from the future do not count.
pub(crate) fn recent(layout: &Layout) -> RecentStats {
    let now = unix_secs();
    let mut stats = RecentStats::default();
    read_records(layout, LOG, |record: &Record| {
        if record.is_recent(now) {
            stats.add(record);
        }
    });
    for session in sessions::all(layout) {
        if is_recent(session.unix_secs, now) {
            stats.add_counts(&session.counts);
        }
    }
    stats
}

/// Goes through the records of a log and of the one before it.
pub(crate) fn read_records<R>(layout: &Layout, name: &str, mut each: impl FnMut(&R))
where
    R: FromBytes + KnownLayout + Immutable + Unaligned,
{
    for bytes in read_all(layout, name) {
        bytes.chunks_exact(size_of::<R>()).filter_map(|chunk| R::ref_from_bytes(chunk).ok()).for_each(&mut each);
    }
}

fn read_log(path: &Path) -> io::Result<Vec<u8>> {
    let file: File = platform::open_for_read(path)?;
    if !file.metadata()?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(READ_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
