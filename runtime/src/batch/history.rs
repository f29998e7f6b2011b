//! What earlier sessions recorded about the files of a folder.
//!
//! There are two stat indexes for each folder. The exact one is of these options
//! and this engine: its keys are the ones that would be computed now. The latest
//! one is of the last session that recorded anything, whatever its options; it
//! only serves to say why a file that the exact one does not know has to be
//! compiled. Both are written together, so a file that is in the latest one alone
//! was compiled with other options or by another engine.
//!
//! The indexes of a tree hold what the last session found in it. Those of files
//! that are named one by one hold every file that was ever named.

use std::{path::PathBuf, sync::OnceLock};

use pyc_rs_cache::{FileStamp, IndexEntry, IndexId, IndexLookup, Key, StatIndex, Store, now_ns};
use pyc_rs_compiler::{Options, engine::FINGERPRINT};

use super::{
    report::{Reason, path_bytes},
    walk::Folder,
};
use crate::CodeCache;

/// A status that no file has: an entry with it is never fresh, and yet tells what
/// was compiled last.
pub(super) const NO_FILE: FileStamp =
    FileStamp { size: u64::MAX, mtime_ns: i64::MIN, ctime_ns: i64::MIN, inode: u64::MAX };

/// What an index says about itself stands among its entries, under names that no
/// file has.
const MARKER: u8 = 0;

/// The key of this entry tells the engine.
const ENGINE: &[u8] = b"\0engine";

/// The name of this entry goes on with the path of the folder.
const ROOT: &[u8] = b"\0root ";

/// How many such entries there are.
const MARKERS: usize = 2;

pub(super) struct History {
    /// Whether entries of files that are not in this session are kept.
    accumulates: bool,
    /// The path of the folder.
    root: Vec<u8>,
    exact_id: IndexId,
    latest_id: IndexId,
    exact: StatIndex,
    /// Loaded when there is something to explain.
    latest: OnceLock<StatIndex>,
}

impl History {
    pub(super) fn load(store: &Store, folder: &Folder, options: Options) -> Self {
        let root = path_bytes(&folder.path);
        let kind = if folder.named { "named files" } else { "tree" };
        let (mode, level, flags) = (options.mode.code(), options.optimize.level(), options.flags());
        let exact = format!("{kind}, mode {mode}, optimize {level}, flags {flags}, {FINGERPRINT}");
        let exact_id = IndexId::new(root, &exact);
        let latest_id = IndexId::new(root, &format!("{kind}, latest"));
        let exact = StatIndex::load(store, &exact_id);
        Self { accumulates: folder.named, root: root.to_vec(), exact_id, latest_id, exact, latest: OnceLock::new() }
    }

    /// The same, to be saved with what is in it already.
    pub(super) fn accumulating(self) -> Self {
        Self { accumulates: true, ..self }
    }

    /// What is known about a file that has this status now.
    pub(super) fn lookup(&self, relative: &[u8], stamp: &FileStamp) -> IndexLookup {
        self.exact.lookup(relative, stamp)
    }

    /// Why a file has to be compiled that [`lookup`](Self::lookup) does not know.
    pub(super) fn why_unknown(&self, store: &Store, relative: &[u8], stamp: &FileStamp) -> Reason {
        let latest = self.latest(store);
        match latest.lookup(relative, stamp) {
            IndexLookup::Unknown => Reason::New,
            IndexLookup::Changed(_) => Reason::ContentChanged,
            IndexLookup::Fresh(_) | IndexLookup::Racy(_) => {
                let engine = last_key(latest.lookup(ENGINE, &NO_FILE));
                if engine == Some(engine_key()) { Reason::OptionsChanged } else { Reason::EngineChanged }
            }
        }
    }

    fn latest(&self, store: &Store) -> &StatIndex {
        self.latest.get_or_init(|| StatIndex::load(store, &self.latest_id))
    }

    /// Whether the index need not be written, if this many entries are all that
    /// there is to record and each of them was found in it.
    pub(super) fn is_up_to_date(&self, entries: usize) -> bool {
        self.accumulates || self.exact.len() == entries + MARKERS
    }

    /// Writes both indexes, as far as the store lets us: losing an index costs the
    /// next session time, and nobody anything else.
    pub(super) fn save(&self, store: &Store, started_ns: i64, entries: Vec<Entry>) {
        let exact = self.updated(&self.exact, entries.clone());
        let latest = self.updated(self.latest(store), entries);
        let _ = StatIndex::save(store, &self.exact_id, started_ns, exact);
        let _ = StatIndex::save(store, &self.latest_id, started_ns, latest);
    }

    fn updated(&self, old: &StatIndex, new: Vec<Entry>) -> Vec<Entry> {
        // What is racy was not looked at: of it, only what was compiled last is known.
        let unseen = |(path, entry): (&[u8], IndexEntry)| {
            let is_racy = matches!(old.lookup(path, &entry.stamp), IndexLookup::Racy(_));
            (path.to_vec(), if is_racy { IndexEntry { stamp: NO_FILE, ..entry } } else { entry })
        };
        let kept = old.entries().filter(|_| self.accumulates).map(unseen);
        // Where a path appears twice, the later entry counts.
        kept.chain(new).chain(self.markers()).collect()
    }

    fn markers(&self) -> [Entry; MARKERS] {
        let entry = IndexEntry { stamp: NO_FILE, key: engine_key() };
        [(ENGINE.to_vec(), entry), ([ROOT, &self.root].concat(), entry)]
    }
}

/// The path of the folder that an index is of, as bytes.
pub(super) fn root_of(index: &StatIndex) -> Option<&[u8]> {
    index.entries().find_map(|(path, _)| path.strip_prefix(ROOT))
}

/// The files in an index, and the keys of what was compiled last.
pub(super) fn files_of(index: &StatIndex) -> impl Iterator<Item = (&[u8], Key)> {
    index.entries().filter(|(path, _)| path.first() != Some(&MARKER)).map(|(path, entry)| (path, entry.key))
}

/// Whether an index was saved by this engine.
pub(super) fn is_of_this_engine(index: &StatIndex) -> bool {
    last_key(index.lookup(ENGINE, &NO_FILE)) == Some(engine_key())
}

/// Records what was compiled of files in a folder, so that it can be told what became of it.
/// None of them counts as unchanged because of that: their status is not known.
pub(crate) fn remember(store: &Store, folder: PathBuf, options: Options, files: Vec<(Vec<u8>, Key)>) {
    let history = History::load(store, &Folder { path: folder, named: true }, options);
    let entry = |(name, key)| (name, IndexEntry { stamp: NO_FILE, key });
    history.save(store, now_ns(), files.into_iter().map(entry).collect());
}

/// The path of a file within its folder, and what is recorded about it.
pub(super) type Entry = (Vec<u8>, IndexEntry);

/// Stands for the engine: the key of the empty source depends on nothing else.
fn engine_key() -> Key {
    CodeCache::key(b"", Options::default())
}

/// The key that was recorded last, if any was.
pub(super) const fn last_key(known: IndexLookup) -> Option<Key> {
    match known {
        IndexLookup::Fresh(key) | IndexLookup::Changed(key) | IndexLookup::Racy(key) => Some(key),
        IndexLookup::Unknown => None,
    }
}

/// The entry of a file whose present content is not in the cache: it keeps what
/// was compiled last, so that the next session can tell what became of it.
pub(super) fn remembered(known: IndexLookup) -> Option<IndexEntry> {
    last_key(known).map(|key| IndexEntry { stamp: NO_FILE, key })
}

#[cfg(test)]
mod tests {
    use pyc_rs_cache::Mode as StoreMode;
    use pyc_rs_compiler::Optimize;

    use super::*;

    const STAMP: FileStamp = FileStamp { size: 5, mtime_ns: 1, ctime_ns: 1, inode: 7 };
    const TOUCHED: FileStamp = FileStamp { mtime_ns: 2, ..STAMP };
    const LATER: i64 = i64::MAX;

    fn key(n: u8) -> Key {
        Key::from_bytes([n; 32])
    }

    fn entries(stamp: FileStamp) -> Vec<Entry> {
        vec![(b"a.py".to_vec(), IndexEntry { stamp, key: key(1) })]
    }

    fn folder() -> Folder {
        Folder { path: "/src".into(), named: false }
    }

    #[test]
    fn files_that_are_named_later_do_not_push_out_earlier_ones() {
        let cache = tempfile::tempdir().unwrap();
        let store = Store::open(cache.path(), StoreMode::ReadWrite);
        let load = |named| History::load(&store, &Folder { named, ..folder() }, Options::default());
        let other = (b"b.py".to_vec(), IndexEntry { stamp: STAMP, key: key(2) });
        for named in [false, true] {
            load(named).save(&store, LATER, entries(STAMP));
            load(named).save(&store, LATER, vec![other.clone()]);
            let known = load(named).lookup(b"a.py", &STAMP);
            assert_eq!(known == IndexLookup::Fresh(key(1)), named);
            assert_eq!(load(named).lookup(b"b.py", &STAMP), IndexLookup::Fresh(key(2)));
        }
    }

    #[test]
    fn a_named_file_that_was_racy_is_remembered() {
        let cache = tempfile::tempdir().unwrap();
        let store = Store::open(cache.path(), StoreMode::ReadWrite);
        let load = || History::load(&store, &Folder { named: true, ..folder() }, Options::default());
        let other = (b"b.py".to_vec(), IndexEntry { stamp: STAMP, key: key(2) });
        load().save(&store, 0, entries(STAMP));
        assert_eq!(load().lookup(b"a.py", &STAMP), IndexLookup::Racy(key(1)));
        for _ in 0..2 {
            load().save(&store, LATER, vec![other.clone()]);
            assert_eq!(load().lookup(b"a.py", &STAMP), IndexLookup::Changed(key(1)));
        }
    }

    fn load(store: &Store, optimize: Optimize) -> History {
        History::load(store, &folder(), Options { optimize, ..Options::default() })
    }

    #[test]
    fn what_was_saved_is_found_again_with_the_same_options() {
        let cache = tempfile::tempdir().unwrap();
        let store = Store::open(cache.path(), StoreMode::ReadWrite);
        load(&store, Optimize::None).save(&store, LATER, entries(STAMP));
        let history = load(&store, Optimize::None);
        assert_eq!(history.lookup(b"a.py", &STAMP), IndexLookup::Fresh(key(1)));
        assert_eq!(history.lookup(b"a.py", &TOUCHED), IndexLookup::Changed(key(1)));
        assert!(history.is_up_to_date(1) && !history.is_up_to_date(2));
        assert_eq!(root_of(&history.exact), Some(&b"/src"[..]));
        assert_eq!(files_of(&history.exact).collect::<Vec<_>>(), [(&b"a.py"[..], key(1))]);
        let named = History::load(&store, &Folder { named: true, ..folder() }, Options::default());
        assert_eq!(named.lookup(b"a.py", &STAMP), IndexLookup::Unknown);
    }

    #[test]
    fn other_options_are_told_from_other_content_and_from_new_files() {
        let cache = tempfile::tempdir().unwrap();
        let store = Store::open(cache.path(), StoreMode::ReadWrite);
        load(&store, Optimize::None).save(&store, LATER, entries(STAMP));
        let history = load(&store, Optimize::Asserts);
        assert_eq!(history.lookup(b"a.py", &STAMP), IndexLookup::Unknown);
        assert_eq!(history.why_unknown(&store, b"a.py", &STAMP), Reason::OptionsChanged);
        assert_eq!(history.why_unknown(&store, b"a.py", &TOUCHED), Reason::ContentChanged);
        assert_eq!(history.why_unknown(&store, b"b.py", &STAMP), Reason::New);
    }

    #[test]
    fn another_engine_is_told_from_other_options() {
        let cache = tempfile::tempdir().unwrap();
        let store = Store::open(cache.path(), StoreMode::ReadWrite);
        let history = load(&store, Optimize::None);
        let mut by_another = entries(STAMP);
        by_another.push((ENGINE.to_vec(), IndexEntry { stamp: NO_FILE, key: key(9) }));
        StatIndex::save(&store, &history.latest_id, LATER, by_another).unwrap();
        assert_eq!(history.why_unknown(&store, b"a.py", &STAMP), Reason::EngineChanged);
    }

    #[test]
    fn a_remembered_key_is_never_fresh() {
        let cache = tempfile::tempdir().unwrap();
        let store = Store::open(cache.path(), StoreMode::ReadWrite);
        let entry = remembered(IndexLookup::Fresh(key(1))).unwrap();
        load(&store, Optimize::None).save(&store, LATER, vec![(b"a.py".to_vec(), entry)]);
        assert_eq!(load(&store, Optimize::None).lookup(b"a.py", &STAMP), IndexLookup::Changed(key(1)));
        assert_eq!(remembered(IndexLookup::Unknown), None);
    }
}
