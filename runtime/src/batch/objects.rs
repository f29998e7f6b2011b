//! The objects of the cache that a session meets, each looked up and compiled once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use pyc_rs_cache::{Artifact, Key, Lookup, MissReason};
use pyc_rs_compiler::{CompileError, Options, Stack, SyntaxWarning, compile};

use super::{Action, packing::Chunk};
use crate::{CodeCache, code_cache::from_meta};

/// What the cache had under a key when the session first asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An object, with these warnings about its source.
    Present(Vec<SyntaxWarning>),
    /// Nothing that can be opened.
    Absent,
    /// A damaged object, which was set aside.
    Corrupt,
}

/// A source that was compiled.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// Size of its code object, in bytes.
    pub(super) bytes: u64,
    pub(super) warnings: Vec<SyntaxWarning>,
}

pub(super) struct Objects<'a> {
    cache: &'a CodeCache,
    options: Options,
    action: Action,
    /// Files of the same content meet here. Otherwise the second one would be
    /// reported as fresh or as compiled, depending on when its turn came.
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    found: OnceLock<Found>,
    made: OnceLock<Result<Made, Arc<CompileError>>>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(cache: &'a CodeCache, options: Options, action: Action) -> Self {
        Self { cache, options, action, slots: Mutex::default() }
    }

    /// The options that the session compiles with.
    pub(super) fn options(&self) -> Options {
        self.options
    }

    /// Takes note of objects that are known to be there.
    #[cfg(feature = "remote")]
    pub(super) fn are_present(&self, keys: &[Key]) {
        for key in keys {
            let _ = self.slot(key).found.set(Found::Present(Vec::new()));
        }
    }

    /// Looks for an object in the cache.
    pub(super) fn find(&self, key: &Key) -> Found {
        self.slot(key).found.get_or_init(|| self.look_up(key)).clone()
    }

    fn look_up(&self, key: &Key) -> Found {
        let store = self.cache.store();
        if self.action == Action::DryRun {
            return if store.contains(key) { Found::Present(Vec::new()) } else { Found::Absent };
        }
        // What a remote has of it was fetched ahead (`ahead`).
        match store.get_here(key) {
            Lookup::Hit(artifact) => Found::Present(warnings_of(&artifact)),
            Lookup::Miss(MissReason::Absent | MissReason::Unreadable(_) | MissReason::Off) => Found::Absent,
            Lookup::Miss(MissReason::Corrupt(_)) => Found::Corrupt,
        }
    }

    /// Compiles a source, to be stored with this chunk; `None` if this session is
    /// not to compile.
    pub(super) fn make(&self, key: &Key, source: &[u8], chunk: &Chunk) -> Option<Result<Made, Arc<CompileError>>> {
        let compile = || self.compile(key, source, chunk).map_err(Arc::new);
        (self.action == Action::Compile).then(|| self.slot(key).made.get_or_init(compile).clone())
    }

    fn compile(&self, key: &Key, source: &[u8], chunk: &Chunk) -> Result<Made, CompileError> {
        let since = Instant::now();
        let compiled = compile(source, self.options, Stack::WORKER)?;
        self.cache.store().counters().count_made(since.elapsed());
        if let Some(object) = self.cache.encode(key, source.len(), self.options, &compiled) {
            chunk.add(object);
        }
        Ok(Made { bytes: compiled.payload.len() as u64, warnings: compiled.warnings })
    }

    fn slot(&self, key: &Key) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(*key).or_default())
    }
}

fn warnings_of(artifact: &Artifact) -> Vec<SyntaxWarning> {
    artifact.warnings().map(from_meta).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use pyc_rs_cache::{FileStamp, IndexLookup, Mode as StoreMode, Store};

    use super::*;
    use crate::batch::{packing::Packing, plan::Plan};

    const SOURCE: &[u8] = b"x = '\\d'\n";

    #[test]
    fn the_first_answer_stands_for_the_session() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CodeCache::new(Store::open(folder.path(), StoreMode::ReadWrite));
        let key = CodeCache::key(SOURCE, Options::default());
        let session = Objects::new(&cache, Options::default(), Action::Compile);
        assert_eq!(session.find(&key), Found::Absent);
        let plan = Plan::Read {
            stamp: FileStamp { size: 1, mtime_ns: 1, ctime_ns: 1, inode: 1 },
            known: IndexLookup::Unknown,
            ahead: None,
        };
        let packing = Packing::new(&cache, &[plan]);
        let made = session.make(&key, SOURCE, packing.chunk(0)).unwrap().unwrap();
        assert!(made.bytes > 0 && made.warnings.len() == 1);
        assert!(!cache.store().contains(&key));
        packing.finished(0);
        assert!(cache.store().contains(&key));
        assert_eq!(session.find(&key), Found::Absent);
        let next = Objects::new(&cache, Options::default(), Action::Compile);
        assert_eq!(next.find(&key), Found::Present(made.warnings));
    }

    #[test]
    fn a_dry_run_leaves_a_corrupt_object_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CodeCache::new(Store::open(folder.path(), StoreMode::ReadWrite));
        let key = CodeCache::key(SOURCE, Options::default());
        let object = cache.store().object_path(&key).unwrap();
        std::fs::create_dir_all(object.parent().unwrap()).unwrap();
        std::fs::write(&object, [0; 200]).unwrap();
        let dry = Objects::new(&cache, Options::default(), Action::DryRun);
        assert_eq!(dry.find(&key), Found::Present(Vec::new()));
        assert!(dry.make(&key, SOURCE, &Chunk::default()).is_none());
        assert_eq!(Objects::new(&cache, Options::default(), Action::Check).find(&key), Found::Corrupt);
        assert!(!object.exists());
    }
}
