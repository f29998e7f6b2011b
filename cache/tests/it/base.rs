//! A store on top of a read-only one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pyc_rs_cache::{Lookup, MissReason, Mode, PutOutcome, Store};

use crate::support::{DAY, TestStore, backdate, key, meta, overwrite, payload_of};

/// A base with two objects, and a store on top of it.
fn two_tiers() -> (TestStore, TestStore, Store) {
    let (base, top) = (TestStore::new(), TestStore::new());
    base.add(key(1), b"one");
    base.add(key(2), b"two");
    let store = top.reopen(Mode::ReadWrite).with_base(base.root().unwrap());
    (base, top, store)
}

/// Every file below a folder, with its content and its time.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(snapshot(&path));
        } else {
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            all.insert(path.clone(), (fs::read(&path).unwrap(), modified));
        }
    }
    all
}

#[test]
fn what_the_base_has_is_found_and_nothing_there_changes() {
    let (base, top, store) = two_tiers();
    backdate(&base.object(key(1)), DAY);
    let before = snapshot(base.root().unwrap());
    assert_eq!(payload_of(&store.get(&key(1))), Some(&b"one"[..]));
    assert!(store.contains(&key(2)) && !store.contains(&key(3)));
    assert_eq!(store.file_of(&key(1)), Some(base.object(key(1))));
    assert!(matches!(store.put(&key(3), &meta(), b"three"), Ok(PutOutcome::Stored { .. })));
    assert_eq!(store.keys().unwrap(), [key(3)]);
    assert_eq!(payload_of(&store.get(&key(3))), Some(&b"three"[..]));
    store.flush_stats();
    store.gc(0).unwrap();
    store.verify(&mut |_| ()).unwrap();
    store.clear().unwrap();
    assert!(snapshot(base.root().unwrap()) == before);
    assert_eq!(top.keys().unwrap(), []);
}

#[test]
fn what_is_damaged_in_the_base_is_a_miss_that_is_stored_on_top() {
    let (base, top, store) = two_tiers();
    overwrite(&base.object(key(1)), &[0; 300]);
    let before = snapshot(base.root().unwrap());
    assert!(matches!(store.get(&key(1)), Lookup::Miss(MissReason::Corrupt(_))));
    assert!(matches!(store.put(&key(1), &meta(), b"one"), Ok(PutOutcome::Stored { .. })));
    assert_eq!(payload_of(&store.get(&key(1))), Some(&b"one"[..]));
    assert_eq!(top.keys().unwrap(), [key(1)]);
    assert!(snapshot(base.root().unwrap()) == before, "it stays where it is");
    assert_eq!(store.counters().snapshot().quarantined, 0);
}

#[test]
fn packs_of_the_base_are_found() {
    let (base, top) = (TestStore::new(), TestStore::new());
    let from = TestStore::new();
    for n in 0..40 {
        from.add(key(n), &[n]);
    }
    let mut archive = Vec::new();
    let selection = pyc_rs_cache::Selection { keys: from.keys().unwrap(), ..Default::default() };
    from.export(&selection, &mut archive).unwrap();
    base.import(pyc_rs_cache::archive::Reader::new(archive.as_slice()), Default::default(), &mut |_, _| ()).unwrap();
    let store = top.reopen(Mode::ReadWrite).with_base(base.root().unwrap());
    for n in 0..40 {
        assert_eq!(payload_of(&store.get(&key(n))), Some(&[n][..]));
    }
}

#[test]
fn a_base_serves_where_there_is_no_store_and_a_missing_one_is_no_fault() {
    let (base, top, _) = two_tiers();
    let store = Store::off().with_base(base.root().unwrap());
    assert_eq!(payload_of(&store.get(&key(1))), Some(&b"one"[..]));
    assert!(matches!(store.get(&key(3)), Lookup::Miss(MissReason::Off)));
    let store = top.reopen(Mode::ReadWrite).with_base("/no/such/base");
    assert!(matches!(store.get(&key(1)), Lookup::Miss(MissReason::Absent)));
    store.put(&key(1), &meta(), b"one").unwrap();
    assert!(store.get(&key(1)).hit().is_some());
}

#[test]
fn a_store_is_no_base_of_itself() {
    let test = TestStore::new();
    test.add(key(1), b"one");
    let store = test.reopen(Mode::ReadWrite).with_base(test.root().unwrap().join("../cache"));
    assert!(store.base().is_none());
}
