//! From objects back to the files that they were compiled from.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use pyc_rs_cache::{FileStamp, Key, StatIndex, Store, StoreError};
use pyc_rs_compiler::{Mode, Optimize, Options, Stack, compile};

use super::{
    history, read,
    report::{Reason, path_bytes},
};
use crate::{CodeCache, code_cache::metadata};

/// Which files have which keys, as far as sessions recorded it.
#[derive(Debug, Default)]
pub struct KnownSources {
    files: HashMap<Key, Vec<PathBuf>>,
}

/// Collects what the sessions on this store recorded.
#[must_use]
pub fn known_sources(store: &Store) -> KnownSources {
    let mut known = KnownSources::default();
    for index in StatIndex::load_all(store) {
        let Some(root) = history::root_of(&index).map(path_of_bytes) else { continue };
        for (path, key) in history::files_of(&index) {
            known.files.entry(key).or_default().push(root.join(path_of_bytes(path)));
        }
    }
    known
}

impl KnownSources {
    /// Compiles these objects again, which were found bad now, and those that were found bad before and
    /// are not in the store: what an earlier look has moved to quarantine. Where a pack was bad as a
    /// whole, that is whatever is missing: it does not tell what was in it. Returns those that came
    /// back, whose source still is what it was.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the quarantine cannot be listed.
    pub fn repair(&self, store: &Store, bad: impl IntoIterator<Item = Key>) -> Result<HashSet<Key>, StoreError> {
        let quarantined = store.quarantined()?;
        let of_packs = self.files.keys().copied().filter(|_| quarantined.packs > 0);
        let before = quarantined.keys.into_iter().chain(of_packs).filter(|key| !store.contains(key));
        let all: HashSet<Key> = bad.into_iter().chain(before).collect();
        Ok(all.into_iter().filter(|key| self.repair_one(store, key)).collect())
    }

    fn repair_one(&self, store: &Store, key: &Key) -> bool {
        self.files.get(key).is_some_and(|files| files.iter().any(|file| remake(store, key, file).is_some()))
    }
}

/// What sessions recorded about one file.
#[derive(Debug)]
pub(crate) struct Recorded {
    key: Key,
    stamp: FileStamp,
    by_this_engine: bool,
}

/// Everything that sessions recorded about these files.
pub(crate) fn recorded(store: &Store, files: &[&Path]) -> HashMap<PathBuf, Vec<Recorded>> {
    let mut all: HashMap<PathBuf, Vec<Recorded>> = HashMap::new();
    for index in StatIndex::load_all(store) {
        let Some(root) = history::root_of(&index).map(path_of_bytes) else { continue };
        let by_this_engine = history::is_of_this_engine(&index);
        for file in files {
            let Ok(relative) = file.strip_prefix(&root) else { continue };
            if let Some(entry) = index.get(path_bytes(relative)) {
                let recorded = Recorded { key: entry.key, stamp: entry.stamp, by_this_engine };
                all.entry((*file).to_owned()).or_default().push(recorded);
            }
        }
    }
    all
}

/// Why the object of a file is not in the cache, by what was recorded about the file.
pub(crate) fn why_absent(file: &Path, key: &Key, recorded: &[Recorded]) -> Reason {
    if recorded.is_empty() {
        return Reason::New;
    }
    if recorded.iter().any(|recorded| recorded.key == *key) {
        return Reason::Evicted;
    }
    let Ok(source) = read::read(file) else { return Reason::ContentChanged };
    let modes = [Mode::Exec, Mode::Block];
    let options = || every_options().flat_map(|options| modes.map(|mode| Options { mode, ..options }));
    let keys: Vec<Key> = options().map(|options| CodeCache::key(&source.bytes, options)).collect();
    if recorded.iter().any(|recorded| keys.contains(&recorded.key)) {
        return Reason::OptionsChanged;
    }
    // The keys of another engine cannot be compared; the status of the file can.
    // A run leaves none: then the engine is what is known to have changed.
    let is_same_file = |recorded: &Recorded| {
        recorded.stamp == history::NO_FILE || source.stamp.is_some_and(|stamp| stamp == recorded.stamp)
    };
    if recorded.iter().all(|recorded| !recorded.by_this_engine) && recorded.iter().any(is_same_file) {
        Reason::EngineChanged
    } else {
        Reason::ContentChanged
    }
}

fn remake(store: &Store, key: &Key, file: &Path) -> Option<()> {
    let source = read::read(file).ok()?.bytes;
    let options = every_options().find(|options| CodeCache::key(&source, *options) == *key)?;
    let compiled = compile(&source, options, Stack::MAIN_THREAD).ok()?;
    store.put(key, &metadata(source.len(), options, &compiled), &compiled.payload).ok()?;
    store.contains(key).then_some(())
}

/// Every way to compile a file.
fn every_options() -> impl Iterator<Item = Options> {
    [Optimize::None, Optimize::Asserts, Optimize::Docstrings].into_iter().flat_map(|optimize| {
        [false, true].map(|no_debug_ranges| Options { mode: Mode::Exec, optimize, no_debug_ranges })
    })
}

#[cfg(unix)]
fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pyc_rs_cache::Mode as StoreMode;

    use super::*;
    use crate::batch::{Request, compile_tree};

    #[test]
    fn what_is_lost_comes_back_if_its_source_is_the_same() {
        let (sources, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = CodeCache::new(Store::open(folder.path(), StoreMode::ReadWrite));
        let [same, edited] = ["x = 1\n", "x = 2\n"];
        fs::write(sources.path().join("same.py"), same).unwrap();
        fs::write(sources.path().join("edited.py"), edited).unwrap();
        let options = Options { optimize: Optimize::Docstrings, ..Options::default() };
        compile_tree(&Request { options, ..Request::new(vec![sources.path().into()]) }, &cache, &()).unwrap();
        fs::write(sources.path().join("edited.py"), "x = 3\n").unwrap();

        let lost = [same, edited].map(|source| CodeCache::key(source.as_bytes(), options));
        let object = |key: &Key| cache.store().object_path(key).unwrap();
        for key in &lost {
            fs::remove_file(object(key)).unwrap();
        }
        let known = known_sources(cache.store());
        let repaired = |bad: &[Key]| known.repair(cache.store(), bad.iter().copied()).unwrap().len();
        assert_eq!(repaired(&lost), 1);
        assert_eq!(lost.map(|key| object(&key).exists()), [true, false]);
        assert_eq!(repaired(&[Key::from_bytes([7; 32])]), 0);

        // What was removed and not found bad stays away, unless a pack was lost that may have held it.
        fs::remove_file(object(&lost[0])).unwrap();
        assert_eq!(repaired(&[]), 0);
        let quarantine = folder.path().join("v1/quarantine");
        fs::create_dir_all(&quarantine).unwrap();
        fs::write(quarantine.join(format!("pack-{}-1-2-3", lost[1])), "").unwrap();
        assert_eq!(repaired(&[]), 1);
        assert_eq!(repaired(&[]), 0);
    }

    #[test]
    fn another_engine_is_blamed_only_for_what_did_not_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.py");
        fs::write(&file, "x = 1\n").unwrap();
        let stamp = FileStamp::of(&fs::metadata(&file).unwrap());
        let key = CodeCache::key(b"x = 1\n", Options::default());
        let why = |stamp: FileStamp, by_this_engine: bool| {
            why_absent(&file, &key, &[Recorded { key: Key::from_bytes([7; 32]), stamp, by_this_engine }])
        };
        assert_eq!(why(stamp, false), Reason::EngineChanged);
        assert_eq!(why(history::NO_FILE, false), Reason::EngineChanged);
        assert_eq!(why(FileStamp { size: 1, ..stamp }, false), Reason::ContentChanged);
        assert_eq!(why(stamp, true), Reason::ContentChanged);
        assert_eq!(why_absent(&file, &key, &[]), Reason::New);
        assert_eq!(why_absent(&file, &key, &[Recorded { key, stamp, by_this_engine: true }]), Reason::Evicted);
    }
}
