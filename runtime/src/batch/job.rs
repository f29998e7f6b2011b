//! What is done for one file whose content has to be looked at.

use std::sync::Arc;

use pyc_rs_cache::{FileStamp, IndexEntry, IndexLookup, Key, Store};
use pyc_rs_compiler::{CompileError, MAX_SOURCE_LEN, SyntaxWarning};

use super::{
    Done,
    history::{self, History},
    objects::{Found, Made, Objects},
    packing::Chunk,
    plan::{Ahead, Plan},
    read::{self, Source},
    report::{Failure, FileReport, Reason, Status},
    walk::SourceFile,
};
use crate::CodeCache;

/// One file, and all that it takes to deal with it.
pub(super) struct Job<'a> {
    pub(super) file: &'a SourceFile,
    /// The name that its history knows it by.
    pub(super) relative: &'a [u8],
    pub(super) history: &'a History,
    pub(super) store: &'a Store,
    pub(super) objects: &'a Objects<'a>,
    /// Whether to look for the warnings of fresh files.
    pub(super) replay_warnings: bool,
}

impl Job<'_> {
    /// Does what is left to do.
    pub(super) fn carry_out(&self, plan: Plan, chunk: &Chunk) -> Done {
        match plan {
            Plan::Nothing(done) => *done,
            Plan::Read { stamp, known, ahead } => {
                if let Some(done) = ahead.and_then(|ahead| self.decide_ahead(ahead, known)) {
                    return done;
                }
                match self.read(&stamp) {
                    Ok(source) => self.decide(source, &stamp, known, chunk),
                    Err(failure) => self.failed(failure, known),
                }
            }
        }
    }

    /// Reads the file ahead of its turn. What is wrong with it is found out when its turn comes.
    #[cfg(feature = "remote")]
    pub(super) fn look_ahead(&self, stamp: &FileStamp) -> Option<Ahead> {
        let source = self.read(stamp).ok()?;
        Some(Ahead { key: CodeCache::key(&source.bytes, self.objects.options()), stamp: source.stamp })
    }

    /// What comes of a file that was read ahead, if its object is in the cache.
    fn decide_ahead(&self, Ahead { key, stamp }: Ahead, known: IndexLookup) -> Option<Done> {
        let Found::Present(warnings) = self.objects.find(&key) else { return None };
        Some(Done::new(self.report(&key, Status::Fresh, Reason::Cached, warnings), entry(stamp, key, known)))
    }

    fn read(&self, stamp: &FileStamp) -> Result<Source, Failure> {
        let limit = MAX_SOURCE_LEN;
        if let Ok(len) = usize::try_from(stamp.size)
            && len > limit
        {
            let error = Arc::new(CompileError::TooLarge { len, limit });
            return Err(Failure::Compile { error, bytes: Vec::new() });
        }
        let source = read::read(&self.file.path).map_err(Failure::Unreadable)?;
        if self.file.has_python_suffix() || is_python_script(&source.bytes) {
            Ok(source)
        } else {
            Err(Failure::NotPython)
        }
    }

    fn decide(&self, source: Source, stamp: &FileStamp, known: IndexLookup, chunk: &Chunk) -> Done {
        let key = CodeCache::key(&source.bytes, self.objects.options());
        let found = self.objects.find(&key);
        let missing = match found {
            Found::Present(warnings) => {
                let file = self.report(&key, Status::Fresh, Reason::Cached, warnings);
                return Done::new(file, entry(source.stamp, key, known));
            }
            Found::Absent => self.why_absent(&key, stamp, known),
            Found::Corrupt => Reason::Corrupt,
        };
        match self.objects.make(&key, &source.bytes, chunk) {
            None => Done::new(self.report(&key, Status::Stale, missing, Vec::new()), history::remembered(known)),
            Some(Ok(Made { bytes, warnings })) => {
                let report = self.report(&key, Status::Compiled { bytes }, missing, warnings);
                Done { unless_kept: history::remembered(known), ..Done::new(report, entry(source.stamp, key, known)) }
            }
            Some(Err(error)) => {
                let status = Status::Failed(Failure::Compile { error, bytes: source.bytes });
                Done::new(self.report(&key, status, missing, Vec::new()), history::remembered(known))
            }
        }
    }

    fn why_absent(&self, key: &Key, stamp: &FileStamp, known: IndexLookup) -> Reason {
        match history::last_key(known) {
            None => self.history.why_unknown(self.store, self.relative, stamp),
            Some(last) if last == *key => Reason::Evicted,
            Some(_) => Reason::ContentChanged,
        }
    }

    fn report(&self, key: &Key, status: Status, reason: Reason, warnings: Vec<SyntaxWarning>) -> FileReport {
        FileReport { path: self.file.shown.clone(), status, reason: Some(reason), key: Some(*key), warnings }
    }

    /// A failure that came before there was a key.
    pub(super) fn failed(&self, failure: Failure, known: IndexLookup) -> Done {
        Done::new(FileReport::failed(self.file.shown.clone(), failure), history::remembered(known))
    }
}

impl Done {
    /// The result of a file that is not what the index says it is.
    fn new(report: FileReport, entry: Option<IndexEntry>) -> Self {
        // Where there is nothing to record, nothing was recorded before.
        let recorded = entry.is_none();
        Self { report, entry, unless_kept: None, recorded }
    }
}

/// The entry of a file whose content is in the cache.
fn entry(stamp: Option<FileStamp>, key: Key, known: IndexLookup) -> Option<IndexEntry> {
    stamp.map_or_else(|| history::remembered(known), |stamp| Some(IndexEntry { stamp, key }))
}

/// Whether the first line asks for a Python interpreter.
fn is_python_script(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    line.starts_with(b"#!") && line.windows(b"python".len()).any(|word| word == b"python")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_python_on_its_first_line() {
        for script in ["#!/usr/bin/env python3\nx", "#!/usr/bin/python -u\r\nx", "#! python"] {
            assert!(is_python_script(script.as_bytes()), "{script}");
        }
        for other in ["", "x\n#!/usr/bin/python", "#!/bin/sh\n# python", "# python", "#!/usr/bin/pyth"] {
            assert!(!is_python_script(other.as_bytes()), "{other}");
        }
    }
}
