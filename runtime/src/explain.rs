//! Why code was not in the cache when a program needed it.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pyc_rs_cache::{Key, MissReason, Store};
use pyc_rs_compiler::Options;

use crate::{
    LoadEvent, Origin,
    batch::{self, Reason},
};

/// Collects what is loaded during a run. Clones collect into one place.
#[derive(Clone, Debug, Default)]
pub struct Loads {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    hits: u64,
    from_bundles: u64,
    missed: Vec<Missed>,
}

#[derive(Debug)]
struct Missed {
    module: String,
    path: String,
    key: Key,
    options: Options,
    cause: MissReason,
}

/// What came of the loads of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    /// Modules that came from the cache.
    pub hits: u64,
    /// Modules that came from a bundle, such as the standard library.
    pub bundled: u64,
    /// Modules that had to be compiled, in the order in which they were loaded.
    pub misses: Vec<Miss>,
}

/// A module that had to be compiled.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Miss {
    /// Its name; `__main__` for the program.
    pub module: String,
    /// The path of its source, or what stands for one: `<string>`.
    pub path: String,
    /// The name that its object has in the cache.
    #[serde(serialize_with = "as_text")]
    pub key: Key,
    /// Why. `None` if there is no cache.
    pub reason: Option<Reason>,
}

fn as_text<S: serde::Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

impl Loads {
    /// Takes note of a load; to be called by the observer of a [`CodeCache`](crate::CodeCache).
    pub fn observe(&self, event: &LoadEvent<'_>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match (event.origin, event.source) {
            (Origin::Hit, _) => seen.hits += 1,
            (Origin::Bundle, _) => seen.from_bundles += 1,
            (Origin::Miss | Origin::Off, Some(source)) => seen.missed.push(Missed {
                module: event.name.to_owned(),
                path: source.path.to_owned(),
                key: source.key,
                options: source.options,
                cause: source.missed.cloned().unwrap_or(MissReason::Absent),
            }),
            (Origin::Miss | Origin::Off, None) => {}
        }
    }

    /// Finds out why each miss was one, by what `compile` and earlier explanations recorded
    /// about its file, and records what this run compiled for the next explanation.
    #[must_use]
    pub fn explain(&self, store: &Store) -> Explanation {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let files: Vec<&Path> = seen.missed.iter().filter_map(Missed::file).collect();
        let recorded = if files.is_empty() { HashMap::new() } else { batch::recorded(store, &files) };
        let reason = |missed: &Missed| match &missed.cause {
            MissReason::Off => None,
            MissReason::Corrupt(_) => Some(Reason::Corrupt),
            MissReason::Absent | MissReason::Unreadable(_) => Some(missed.file().map_or(Reason::New, |file| {
                let known = recorded.get(file).map(Vec::as_slice).unwrap_or_default();
                batch::why_absent(file, &missed.key, known)
            })),
        };
        let explained = |missed: &Missed| Miss {
            module: missed.module.clone(),
            path: missed.path.clone(),
            key: missed.key,
            reason: reason(missed),
        };
        let misses = seen.missed.iter().map(explained).collect();
        remember(store, &seen.missed);
        Explanation { hits: seen.hits, bundled: seen.from_bundles, misses }
    }
}

impl Missed {
    /// The file of its source, if it has one.
    fn file(&self) -> Option<&Path> {
        let path = Path::new(&self.path);
        path.is_absolute().then_some(path)
    }
}

/// Only what the store has now can be evicted later.
fn remember(store: &Store, missed: &[Missed]) {
    type Files = Vec<(Vec<u8>, Key)>;
    let mut folders: BTreeMap<(PathBuf, u8, u32, u8), (Options, Files)> = BTreeMap::new();
    for missed in missed.iter().filter(|missed| store.contains(&missed.key)) {
        let parts = missed.file().and_then(|file| Some((file.parent()?.canonicalize().ok()?, file.file_name()?)));
        let Some((folder, name)) = parts else { continue };
        let options = missed.options;
        let group = (folder, options.mode.code(), options.flags(), options.optimize.level());
        let (_, files) = folders.entry(group).or_insert_with(|| (options, Files::new()));
        files.push((name.as_encoded_bytes().to_vec(), missed.key));
    }
    for ((folder, ..), (options, files)) in folders {
        batch::remember(store, folder, options, files);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use pyc_rs_cache::Mode as StoreMode;
    use pyc_rs_compiler::{Optimize, Stack};

    use super::*;
    use crate::{CodeCache, LoadedSource};

    /// Loads a file as a run would, and says why it missed.
    fn reason_of(cache: &CodeCache, file: &Path, options: Options) -> Option<Option<Reason>> {
        cache.forget();
        let loads = Loads::default();
        let code = cache.load(&fs::read(file).unwrap(), options, Stack::of(4 << 20)).unwrap();
        let source =
            LoadedSource { path: file.to_str().unwrap(), key: code.key, options, missed: code.missed.as_ref() };
        loads.observe(&LoadEvent {
            name: "module",
            origin: code.origin,
            elapsed: Duration::ZERO,
            source: Some(source),
        });
        loads.explain(cache.store()).misses.first().map(|miss| miss.reason)
    }

    #[test]
    fn every_reason_is_told_apart() {
        let (folder, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = CodeCache::new(Store::open(folder.path(), StoreMode::ReadWrite));
        let file = sources.path().canonicalize().unwrap().join("a.py");
        let plain = Options::default();
        let optimized = Options { optimize: Optimize::Docstrings, ..plain };
        let object = |options| {
            let key = CodeCache::key(&fs::read(&file).unwrap(), options);
            cache.store().object_path(&key).unwrap()
        };
        fs::write(&file, "x = 1\n").unwrap();
        assert_eq!(reason_of(&cache, &file, plain), Some(Some(Reason::New)));
        assert_eq!(reason_of(&cache, &file, plain), None);
        fs::remove_file(object(plain)).unwrap();
        assert_eq!(reason_of(&cache, &file, plain), Some(Some(Reason::Evicted)));
        assert_eq!(reason_of(&cache, &file, optimized), Some(Some(Reason::OptionsChanged)));
        fs::write(&file, "x = 2\n").unwrap();
        assert_eq!(reason_of(&cache, &file, plain), Some(Some(Reason::ContentChanged)));
        let bytes = fs::read(object(plain)).unwrap();
        fs::remove_file(object(plain)).unwrap();
        fs::write(object(plain), &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(reason_of(&cache, &file, plain), Some(Some(Reason::Corrupt)));
        assert_eq!(reason_of(&CodeCache::off(), &file, plain), Some(None));
    }
}
