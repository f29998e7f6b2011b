//! What came of recent commands: a log of those that worked on a folder, and sums over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layout::Layout;
use crate::stats::{self, Counts};
use crate::store::Store;

const LOG: &str = "sessions";

const DAY_SECS: u64 = 24 * 60 * 60;

/// Longest path of a folder, in bytes. Of a longer one, the end is kept.
const ROOT_LEN: usize = 128;

/// What a command did with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionKind {
    /// It ran a program.
    Run,
    /// It compiled a tree.
    Compile,
}

impl SessionKind {
    const fn code(self) -> u8 {
        match self {
            Self::Run => 1,
            Self::Compile => 2,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Run),
            2 => Some(Self::Compile),
            _ => None,
        }
    }
}

/// What one command counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// When it ended, in seconds since 1970.
    pub unix_secs: u64,
    /// What it did.
    pub kind: SessionKind,
    /// The folder it worked on. Bytes that are not UTF-8 are replaced; of a path of more than
    /// 128 bytes there is the end, after an ellipsis.
    pub root: String,
    /// What it counted.
    pub counts: Counts,
}

/// A record of the log.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Record {
    unix_secs: U64,
    kind: u8,
    reserved_1: [u8; 3],
    hits: U32,
    misses: U32,
    stored: U32,
    put_failures: U32,
    quarantined: U32,
    made: U32,
    reserved_2: [u8; 4],
    made_ns: U64,
    stored_bytes: U64,
    reserved_3: [u8; 8],
    root: [u8; ROOT_LEN],
}

const RECORD_LEN: usize = size_of::<Record>();
const _: () = assert!(RECORD_LEN == 192);

impl Record {
    fn new(kind: SessionKind, root: &Path, counts: &Counts) -> Self {
        let narrow = |count: u64| U32::new(u32::try_from(count).unwrap_or(u32::MAX));
        Self {
            unix_secs: U64::new(stats::unix_secs()),
            kind: kind.code(),
            reserved_1: [0; 3],
            hits: narrow(counts.hits),
            misses: narrow(counts.misses),
            stored: narrow(counts.stored),
            put_failures: narrow(counts.put_failures),
            quarantined: narrow(counts.quarantined),
            made: narrow(counts.made),
            reserved_2: [0; 4],
            made_ns: U64::new(counts.made_ns),
            stored_bytes: U64::new(counts.stored_bytes),
            reserved_3: [0; 8],
            root: shortened(&root.to_string_lossy()),
        }
    }

    /// `None` for what no version so far writes.
    fn session(&self) -> Option<Session> {
        if self.reserved_1 != [0; 3] || self.reserved_2 != [0; 4] || self.reserved_3 != [0; 8] {
            return None;
        }
        let len = self.root.iter().position(|&byte| byte == 0).unwrap_or(ROOT_LEN);
        let (text, padding) = self.root.split_at_checked(len)?;
        if padding.iter().any(|&byte| byte != 0) {
            return None;
        }
        Some(Session {
            unix_secs: self.unix_secs.get(),
            kind: SessionKind::from_code(self.kind)?,
            root: str::from_utf8(text).ok()?.to_owned(),
            counts: Counts {
                hits: self.hits.get().into(),
                misses: self.misses.get().into(),
                stored: self.stored.get().into(),
                stored_bytes: self.stored_bytes.get(),
                put_failures: self.put_failures.get().into(),
                quarantined: self.quarantined.get().into(),
                made: self.made.get().into(),
                made_ns: self.made_ns.get(),
            },
        })
    }
}

fn shortened(root: &str) -> [u8; ROOT_LEN] {
    const ELLIPSIS: &str = "…";
    let mut text = [0; ROOT_LEN];
    let kept = if root.len() <= ROOT_LEN {
        root.to_owned()
    } else {
        let mut start = root.len() - (ROOT_LEN - ELLIPSIS.len());
        while !root.is_char_boundary(start) {
            start += 1;
        }
        [ELLIPSIS, root.get(start..).unwrap_or_default()].concat()
    };
    text.iter_mut().zip(kept.bytes()).for_each(|(to, from)| *to = from);
    text
}

impl Store {
    /// Appends what was counted since the last flush to the log of sessions, in place of
    /// [`flush_stats`](Self::flush_stats). `fresh` objects were known to be there without a
    /// look-up; they count as hits. `root` is asked for only if there is something to log.
    ///
    /// Like the other log it is a convenience: where it cannot be written, it is not.
    pub fn flush_session(&self, kind: SessionKind, fresh: u64, root: impl FnOnce() -> PathBuf) {
        let Some(layout) = self.writable().filter(|layout| layout.exists()) else {
            return;
        };
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = self.counters().snapshot();
        let mut new = counts.since(&flushed);
        new.hits = new.hits.saturating_add(fresh);
        let is_something = new != Counts::default();
        if is_something && stats::append(layout, LOG, Record::new(kind, &root(), &new).as_bytes()).is_ok() {
            *flushed = counts;
        }
    }

    /// What recent commands counted, the oldest first: as many as fit 256 KiB, and up to as
    /// many again. Records that make no sense are left out.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.readable().map(all).unwrap_or_default()
    }
}

pub(crate) fn all(layout: &Layout) -> Vec<Session> {
    let mut sessions = Vec::new();
    for bytes in stats::read_all(layout, LOG) {
        let (chunks, _torn) = bytes.as_chunks::<RECORD_LEN>();
        sessions.extend(chunks.iter().filter_map(|chunk| Record::ref_from_bytes(chunk).ok()?.session()));
    }
    sessions
}

/// Sums over sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of sessions that ran a program.
    pub runs: u64,
    /// Number of sessions that compiled a tree.
    pub compilations: u64,
    /// When the last one ended, in seconds since 1970.
    pub last_unix_secs: u64,
    /// What they counted.
    pub counts: Counts,
}

impl Tally {
    fn add(&mut self, session: &Session) {
        match session.kind {
            SessionKind::Run => self.runs += 1,
            SessionKind::Compile => self.compilations += 1,
        }
        self.last_unix_secs = self.last_unix_secs.max(session.unix_secs);
        // No destructuring pattern with `..`: a new count must be summed, too.
        let Counts { hits, misses, stored, stored_bytes, put_failures, quarantined, made, made_ns } = session.counts;
        let sums = &mut self.counts;
        for (sum, count) in [
            (&mut sums.hits, hits),
            (&mut sums.misses, misses),
            (&mut sums.stored, stored),
            (&mut sums.stored_bytes, stored_bytes),
            (&mut sums.put_failures, put_failures),
            (&mut sums.quarantined, quarantined),
            (&mut sums.made, made),
            (&mut sums.made_ns, made_ns),
        ] {
            *sum = sum.saturating_add(count);
        }
    }

    /// Share of hits among the look-ups, from 0 to 1. `None` without look-ups.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn hit_rate(&self) -> Option<f64> {
        let all = self.counts.hits.saturating_add(self.counts.misses);
        (all > 0).then(|| self.counts.hits as f64 / all as f64)
    }

    /// What it took to make an object on average, in nanoseconds. `None` where none was made.
    #[must_use]
    pub fn average_made_ns(&self) -> Option<u64> {
        self.counts.made_ns.checked_div(self.counts.made)
    }

    /// An estimate of the time that the hits saved, in nanoseconds: for each of them what it took
    /// to make an object on average, here or else in `all`. `None` where none was made.
    #[must_use]
    pub fn saved_ns(&self, all: &Self) -> Option<u64> {
        let average = self.average_made_ns().or_else(|| all.average_made_ns())?;
        Some(average.saturating_mul(self.counts.hits))
    }
}

/// Sums up all sessions.
#[must_use]
pub fn total(sessions: &[Session]) -> Tally {
    sessions.iter().fold(Tally::default(), |mut tally, session| {
        tally.add(session);
        tally
    })
}

/// Sums up the sessions of each folder, in the order of their paths.
#[must_use]
pub fn by_root(sessions: &[Session]) -> BTreeMap<String, Tally> {
    grouped(sessions, |session| session.root.clone())
}

/// Sums up the sessions of each day (UTC, counted from 1970-01-01), in order.
#[must_use]
pub fn by_day(sessions: &[Session]) -> BTreeMap<u64, Tally> {
    grouped(sessions, |session| session.unix_secs / DAY_SECS)
}

fn grouped<K: Ord>(sessions: &[Session], key: impl Fn(&Session) -> K) -> BTreeMap<K, Tally> {
    let mut groups: BTreeMap<K, Tally> = BTreeMap::new();
    for session in sessions {
        groups.entry(key(session)).or_default().add(session);
    }
    groups
}

/// A day (counted from 1970-01-01) as `YYYY-MM-DD`, in the Gregorian calendar.
#[must_use]
pub fn date(day: u64) -> String {
    // Years of this count begin in March, so that the leap day is their last.
    let since_era = day.saturating_add(719_468);
    let (era, day_of_era) = (since_era / 146_097, since_era % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        let cases = [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_782, "2026-11-25"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ];
        for (day, text) in cases {
            assert_eq!(date(day), text);
        }
    }

    #[test]
    fn long_paths_keep_their_end() {
        let root = format!("/{}/é/app", "x".repeat(200));
        let record = Record::new(SessionKind::Run, Path::new(&root), &Counts { hits: 1, ..Counts::default() });
        let session = record.session().unwrap();
        assert!(session.root.starts_with("…x") && session.root.ends_with("x/é/app"), "{}", session.root);
        assert_eq!(session.root.len(), ROOT_LEN);
        // A boundary in the middle of a character.
        let root = "é".repeat(100);
        let record = Record::new(SessionKind::Run, Path::new(&root), &Counts::default());
        assert_eq!(record.session().unwrap().root, format!("…{}", "é".repeat(62)));
    }

    #[test]
    fn savings_are_estimated_from_what_making_cost() {
        let counts = Counts { hits: 10, misses: 4, made: 4, made_ns: 4000, ..Counts::default() };
        let session = Session { unix_secs: 5, kind: SessionKind::Compile, root: String::new(), counts };
        let tally = total(&[session.clone(), session]);
        let warm = Tally { counts: Counts { hits: 3, ..Counts::default() }, ..Tally::default() };
        assert_eq!((tally.saved_ns(&warm), tally.compilations, tally.runs), (Some(20_000), 2, 0));
        assert_eq!((warm.saved_ns(&tally), warm.saved_ns(&warm)), (Some(3000), None));
        assert!((tally.hit_rate().unwrap() - 10.0 / 14.0).abs() < 1e-9);
        assert_eq!(Tally::default().hit_rate(), None);
    }
}
