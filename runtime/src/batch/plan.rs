//! Which files are unchanged, by their status alone.

use std::fs;

use pyc_rs_cache::{FileStamp, IndexEntry, IndexLookup, Key};
use pyc_rs_compiler::SyntaxWarning;

use super::{
    Done,
    job::Job,
    objects::Found,
    report::{Failure, FileReport, Reason, Status},
};

/// What is left to do for a file.
pub(super) enum Plan {
    /// Nothing.
    Nothing(Box<Done>),
    /// To read it: its content decides.
    Read {
        /// The status it has now.
        stamp: FileStamp,
        /// What is recorded about it.
        known: IndexLookup,
        /// What was read of it ahead of its turn.
        ahead: Option<Ahead>,
    },
}

/// The content of a file that was read ahead.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "remote"), allow(dead_code))]
pub(super) struct Ahead {
    pub(super) key: Key,
    /// The status that goes with it. `None` if the file kept changing.
    pub(super) stamp: Option<FileStamp>,
}

impl Job<'_> {
    /// Looks at the status of the file and of its object, and opens neither.
    pub(super) fn plan(&self) -> Plan {
        let stamp = match self.stamp() {
            Ok(stamp) => stamp,
            Err(failure) => return Plan::Nothing(Box::new(self.failed(failure, IndexLookup::Unknown))),
        };
        let known = self.history.lookup(self.relative, &stamp);
        if let IndexLookup::Fresh(key) = known
            && let Some(warnings) = self.present(&key)
        {
            return Plan::Nothing(Box::new(self.unchanged(IndexEntry { stamp, key }, warnings)));
        }
        Plan::Read { stamp, known, ahead: None }
    }

    fn stamp(&self) -> Result<FileStamp, Failure> {
        let status = fs::metadata(&self.file.path).map_err(Failure::Unreadable)?;
        if status.is_file() { Ok(FileStamp::of(&status)) } else { Err(Failure::NotAFile) }
    }

    /// The warnings of an object that is in the cache.
    fn present(&self, key: &Key) -> Option<Vec<SyntaxWarning>> {
        if !self.replay_warnings {
            return self.store.contains(key).then(Vec::new);
        }
        match self.objects.find(key) {
            Found::Present(warnings) => Some(warnings),
            Found::Absent | Found::Corrupt => None,
        }
    }

    fn unchanged(&self, entry: IndexEntry, warnings: Vec<SyntaxWarning>) -> Done {
        Done {
            report: FileReport {
                path: self.file.shown.clone(),
                status: Status::Fresh,
                reason: Some(Reason::Unchanged),
                key: Some(entry.key),
                warnings,
            },
            entry: Some(entry),
            unless_kept: None,
            recorded: true,
        }
    }
}
