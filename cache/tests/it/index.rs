use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use pyc_rs_cache::{FileStamp, IndexEntry, IndexId, IndexLookup, Mode, StatIndex, Store, now_ns};

use crate::support::{TestStore, flip, key, names_in};

/// A moment with a sub-second part.
const START: i64 = 1_800_000_000_123_456_789;
const MS: i64 = 1_000_000;
const SECOND: i64 = 1000 * MS;

fn id() -> IndexId {
    IndexId::new(b"/src", "optimize=0")
}

fn stamp(mtime_ns: i64, ctime_ns: i64) -> FileStamp {
    FileStamp { size: 10, mtime_ns, ctime_ns, inode: 4 }
}

fn old() -> FileStamp {
    stamp(START - 100 * SECOND, START - 100 * SECOND)
}

fn path_of(test: &TestStore) -> PathBuf {
    test.path("index").join(id().to_string())
}

/// Saves one file of this stamp in a session that began at `START`, and loads the index again.
fn saved(test: &TestStore, stamp: FileStamp) -> StatIndex {
    let entries = vec![(b"a.py".to_vec(), IndexEntry { stamp, key: key(1) })];
    StatIndex::save(test, &id(), START, entries).unwrap();
    StatIndex::load(test, &id())
}

fn lookup_same(stamp: FileStamp) -> IndexLookup {
    saved(&TestStore::new(), stamp).lookup(b"a.py", &stamp)
}

#[test]
fn an_unchanged_file_is_fresh() {
    assert_eq!(lookup_same(old()), IndexLookup::Fresh(key(1)));
}

#[test]
fn a_file_with_another_status_has_changed() {
    let test = TestStore::new();
    let index = saved(&test, old());
    let changes = [
        FileStamp { size: 11, ..old() },
        FileStamp { mtime_ns: old().mtime_ns + 1, ..old() },
        FileStamp { ctime_ns: old().ctime_ns - 1, ..old() },
        FileStamp { inode: 5, ..old() },
    ];
    for now in changes {
        assert_eq!(index.lookup(b"a.py", &now), IndexLookup::Changed(key(1)));
    }
}

#[test]
fn a_file_that_is_not_in_the_index_is_unknown() {
    let index = saved(&TestStore::new(), old());
    for path in [&b""[..], b"a", b"a.pyc", b"b.py"] {
        assert_eq!(index.lookup(path, &old()), IndexLookup::Unknown);
    }
}

#[test]
fn a_file_modified_during_the_session_is_racy() {
    for mtime in [START - 19 * MS, START, START + 5 * SECOND + 1] {
        assert_eq!(lookup_same(stamp(mtime, old().ctime_ns)), IndexLookup::Racy(key(1)));
        assert_eq!(lookup_same(stamp(old().mtime_ns, mtime)), IndexLookup::Racy(key(1)));
    }
}

#[test]
fn a_file_modified_shortly_before_the_session_is_fresh() {
    let just_before = START - 21 * MS;
    assert_eq!(lookup_same(stamp(just_before, just_before)), IndexLookup::Fresh(key(1)));
}

#[test]
fn whole_seconds_need_two_seconds_of_distance() {
    let whole = START / SECOND * SECOND;
    assert_eq!(lookup_same(stamp(whole, whole)), IndexLookup::Racy(key(1)));
    assert_eq!(lookup_same(stamp(whole - SECOND, whole - SECOND)), IndexLookup::Racy(key(1)));
    assert_eq!(lookup_same(stamp(whole - 2 * SECOND, whole - 2 * SECOND)), IndexLookup::Fresh(key(1)));
}

#[test]
fn stamps_at_their_extremes_are_looked_up_without_overflow() {
    assert_eq!(lookup_same(stamp(i64::MAX, i64::MIN)), IndexLookup::Racy(key(1)));
    assert_eq!(lookup_same(stamp(i64::MIN, i64::MIN)), IndexLookup::Fresh(key(1)));
    let test = TestStore::new();
    StatIndex::save(&test, &id(), i64::MIN, vec![(Vec::new(), IndexEntry { stamp: old(), key: key(1) })]).unwrap();
    assert_eq!(StatIndex::load(&test, &id()).lookup(b"", &old()), IndexLookup::Racy(key(1)));
}

#[test]
fn a_stamp_of_a_file_shows_its_changes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "1").unwrap();
    let stamp = || FileStamp::of(&fs::metadata(&path).unwrap());
    let first = stamp();
    assert_eq!(first, stamp());
    assert_eq!(first.size, 1);
    assert!((now_ns() - first.mtime_ns).abs() < 60 * SECOND);
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(5)).unwrap();
    assert_ne!(first, stamp());
}

#[test]
fn paths_are_any_bytes_and_the_later_entry_counts() {
    let test = TestStore::new();
    let entry = |n| IndexEntry { stamp: old(), key: key(n) };
    let entries = vec![(b"\xff\0".to_vec(), entry(1)), (b"a".to_vec(), entry(2)), (b"a".to_vec(), entry(3))];
    StatIndex::save(&test, &id(), START, entries).unwrap();
    let index = StatIndex::load(&test, &id());
    assert_eq!((index.len(), index.is_empty()), (2, false));
    assert_eq!(index.lookup(b"\xff\0", &old()), IndexLookup::Fresh(key(1)));
    assert_eq!(index.lookup(b"a", &old()), IndexLookup::Fresh(key(3)));
}

#[test]
fn a_second_save_replaces_the_first() {
    let test = TestStore::new();
    saved(&test, old());
    StatIndex::save(&test, &id(), START, Vec::new()).unwrap();
    assert!(StatIndex::load(&test, &id()).is_empty());
    assert_eq!(names_in(&test.path("index")), [id().to_string()]);
}

#[test]
fn entries_come_in_order_and_the_racy_ones_are_not_settled() {
    let test = TestStore::new();
    let racy = IndexEntry { stamp: stamp(START, START), key: key(1) };
    let settled = IndexEntry { stamp: old(), key: key(2) };
    StatIndex::save(&test, &id(), START, vec![(b"b".to_vec(), settled), (b"a".to_vec(), racy)]).unwrap();
    let index = StatIndex::load(&test, &id());
    assert!(index.entries().eq([(&b"a"[..], racy), (&b"b"[..], settled)]));
    assert!(index.settled().eq([(&b"b"[..], settled)]));
}

#[test]
fn a_settled_entry_stays_fresh_when_a_later_session_saves_it_again() {
    let test = TestStore::new();
    let kept: Vec<_> = saved(&test, old()).settled().map(|(path, entry)| (path.to_vec(), entry)).collect();
    StatIndex::save(&test, &id(), START + 60 * SECOND, kept).unwrap();
    assert_eq!(StatIndex::load(&test, &id()).lookup(b"a.py", &old()), IndexLookup::Fresh(key(1)));
}

#[test]
fn all_indexes_are_loaded_but_the_damaged_ones() {
    let test = TestStore::new();
    assert!(StatIndex::load_all(&test).is_empty());
    saved(&test, old());
    StatIndex::save(&test, &IndexId::new(b"/other", ""), START, Vec::new()).unwrap();
    fs::write(test.path("index/damaged"), "damaged").unwrap();
    assert_eq!(StatIndex::load_all(&test).iter().map(StatIndex::len).sum::<usize>(), 1);
    assert_eq!(StatIndex::load_all(&test).len(), 2);
    assert!(StatIndex::load_all(&Store::off()).is_empty());
}

#[test]
fn roots_and_options_have_indexes_of_their_own() {
    let ids = [
        id(),
        IndexId::new(b"/src2", "optimize=0"),
        IndexId::new(b"/src", "optimize=1"),
        IndexId::new(b"/srcoptimize=0", ""),
    ];
    for (at, one) in ids.iter().enumerate() {
        assert!(ids[at + 1..].iter().all(|other| one != other));
    }
    let test = TestStore::new();
    saved(&test, old());
    assert!(StatIndex::load(&test, &ids[1]).is_empty());
}

#[test]
fn any_damage_makes_the_index_empty() {
    let test = TestStore::new();
    saved(&test, old());
    let good = fs::read(path_of(&test)).unwrap();
    fs::remove_file(path_of(&test)).unwrap();
    let flipped = (0..good.len() * 8).map(|bit| flip(&good, bit));
    let truncated = (0..good.len()).map(|len| good[..len].to_vec());
    for bad in flipped.chain(truncated) {
        fs::write(path_of(&test), bad).unwrap();
        assert!(StatIndex::load(&test, &id()).is_empty());
    }
    fs::write(path_of(&test), good).unwrap();
    assert_eq!(StatIndex::load(&test, &id()).len(), 1);
}

#[test]
fn a_missing_index_or_something_else_in_its_place_is_empty() {
    let test = TestStore::new();
    assert!(StatIndex::load(&test, &id()).is_empty());
    fs::create_dir_all(path_of(&test)).unwrap();
    assert!(StatIndex::load(&test, &id()).is_empty());
}

#[test]
fn a_store_that_is_not_writable_keeps_no_index() {
    let test = TestStore::new();
    for store in [Store::off(), test.reopen(Mode::ReadOnly)] {
        StatIndex::save(&store, &id(), START, Vec::new()).unwrap();
        assert!(StatIndex::load(&store, &id()).is_empty());
    }
    assert!(!test.root().unwrap().exists());
}
