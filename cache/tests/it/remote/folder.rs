//! A plain folder as the remote: what a healthy one does.

use std::fs;
use std::path::{Path, PathBuf};

use pyc_rs_cache::remote::{RemoteMode, RemoteOptions};
use pyc_rs_cache::{Key, Lookup, Mode, NewObject, Patience, Store};
use tempfile::TempDir;

use super::{Complaints, open, secret};
use crate::support::{TestStore, flip, key, meta, payload_of};

/// A folder that machines share.
struct Shared {
    dir: TempDir,
    complaints: Complaints,
}

impl Shared {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), complaints: Complaints::default() }
    }

    fn url(&self) -> String {
        format!("file://{}", self.dir.path().display())
    }

    fn entry(&self, key: &Key) -> PathBuf {
        let name = key.to_string();
        self.dir.path().join("v1").join(&name[..2]).join(&name[2..])
    }

    /// The store of another machine.
    fn machine(&self, adjust: impl FnOnce(&mut RemoteOptions)) -> (Store, TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let mut options = self.complaints.options();
        adjust(&mut options);
        let store = Store::open(dir.path(), Mode::ReadWrite).with_remote(open(&self.url(), options));
        (store, dir)
    }

    /// Puts an artifact there, as another machine does.
    fn fill(&self, key: Key, payload: &[u8]) {
        let (store, _dir) = self.machine(|_| ());
        store.put(&key, &meta(), payload).unwrap();
        store.finish(Patience::Long);
        assert!(self.entry(&key).is_file());
    }
}

fn objects(numbers: std::ops::Range<u16>) -> Vec<NewObject> {
    let key = |n: u16| Key::from_bytes(*blake3::hash(&n.to_le_bytes()).as_bytes());
    numbers.map(|n| NewObject::encode(&key(n), &meta(), &n.to_le_bytes()).unwrap()).collect()
}

#[test]
fn what_one_machine_stores_another_one_finds_and_keeps() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    let (store, dir) = shared.machine(|_| ());
    assert_eq!(payload_of(&store.get(&key(1))), Some(&b"payload"[..]));
    let remote = store.remote().unwrap();
    let counts = remote.counters().snapshot();
    assert_eq!((counts.hits, counts.misses, counts.errors, remote.requests()), (1, 0, 0, 1));
    assert!(counts.received_bytes > 100);
    assert!(matches!(store.get(&key(1)), Lookup::Hit(_)));
    assert_eq!(remote.requests(), 1, "it is on disk now");
    // Nothing goes back to where it came from.
    assert_eq!(counts.sent, 0);
    assert!(matches!(Store::open(dir.path(), Mode::ReadOnly).get(&key(1)), Lookup::Hit(_)));
    assert!(shared.complaints.all().is_empty());
}

#[test]
fn nothing_is_asked_for_what_is_on_disk_and_no_thread_is_started() {
    let shared = Shared::new();
    let test = TestStore::new();
    test.add(key(1), b"payload");
    let store = test.reopen(Mode::ReadWrite).with_remote(open(&shared.url(), RemoteOptions::default()));
    assert!(matches!(store.get(&key(1)), Lookup::Hit(_)));
    store.finish(Patience::Long);
    assert_eq!(store.remote().unwrap().requests(), 0);
}

#[test]
fn a_read_only_remote_is_only_read() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    let (store, _dir) = shared.machine(|options| options.mode = RemoteMode::ReadOnly);
    assert!(matches!(store.get(&key(1)), Lookup::Hit(_)));
    store.put(&key(2), &meta(), b"new").unwrap();
    store.put_all(objects(0..40)).unwrap();
    store.finish(Patience::Long);
    assert!(!shared.entry(&key(2)).exists());
    assert_eq!(store.remote().unwrap().requests(), 1);
}

#[test]
fn a_store_that_cannot_be_written_still_profits() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Mode::ReadOnly).with_remote(open(&shared.url(), RemoteOptions::default()));
    let lookup = store.get(&key(1));
    assert_eq!(payload_of(&lookup), Some(&b"payload"[..]));
    assert_eq!(payload_of(&lookup).unwrap().as_ptr().align_offset(64), 0);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn many_are_fetched_at_once_and_kept_in_packs() {
    let shared = Shared::new();
    let (first, _dir) = shared.machine(|_| ());
    let all = objects(0..700);
    let keys: Vec<Key> = all.iter().map(NewObject::key).collect();
    first.put_all(all).unwrap();
    first.finish(Patience::Long);
    assert_eq!(first.remote().unwrap().requests(), 700);
    let (second, dir) = shared.machine(|_| ());
    assert_eq!(second.known_to_remote(keys.clone()).len(), 700);
    assert_eq!(second.known_to_remote([key(1)]), []);
    let doubled = [keys.as_slice(), &keys, &[key(1)]].concat();
    assert_eq!(second.fetch_ahead(doubled).len(), 700);
    assert_eq!(second.remote().unwrap().requests(), 700 + 1 + 701);
    assert_eq!(second.fetch_ahead(keys.clone()), []);
    let alone = Store::open(dir.path(), Mode::ReadOnly);
    assert!(keys.iter().all(|key| matches!(alone.get(key), Lookup::Hit(_))));
    assert!(alone.info().unwrap().packs > 0);
}

#[test]
fn what_is_bad_among_many_is_left_out_and_the_others_are_kept() {
    let shared = Shared::new();
    let (first, _dir) = shared.machine(|_| ());
    let all = objects(0..100);
    let keys: Vec<Key> = all.iter().map(NewObject::key).collect();
    first.put_all(all).unwrap();
    first.finish(Patience::Long);
    let read = |number: usize| fs::read(shared.entry(&keys[number])).unwrap();
    let len = |bytes: u64| [&read(7)[..16], &bytes.to_le_bytes(), &read(7)[24..]].concat();
    let bad: [(usize, Vec<u8>); 6] = [
        (0, flip(&read(0), 70 * 8)),
        (13, read(14)),
        (40, Vec::new()),
        // Lengths that are lies: more, less, and more than there may be.
        (41, len(1 << 20)),
        (42, len(1)),
        (99, len(u64::MAX)),
    ];
    for (number, bytes) in &bad {
        write(&shared.entry(&keys[*number]), bytes);
    }
    let (second, dir) = shared.machine(|_| ());
    assert_eq!(second.fetch_ahead(keys.clone()).len(), 94);
    let counts = second.remote().unwrap().counters().snapshot();
    assert_eq!((counts.hits, counts.refused, counts.misses), (94, 6, 0));
    second.finish(Patience::Short);
    let alone = Store::open(dir.path(), Mode::ReadWrite);
    for (number, key) in keys.iter().enumerate() {
        let is_bad = bad.iter().any(|(bad, _)| *bad == number);
        assert_eq!(matches!(alone.get(key), Lookup::Hit(_)), !is_bad, "{number}");
    }
    let report = alone.verify(&mut |bad| panic!("{bad:?}")).unwrap();
    assert_eq!((report.checked, alone.info().unwrap().temporaries), (94, 0));
    // Nothing but bad ones.
    for key in &keys {
        write(&shared.entry(key), b"garbage");
    }
    let (third, dir) = shared.machine(|_| ());
    assert_eq!(third.fetch_ahead(keys.clone()), []);
    assert_eq!(third.remote().unwrap().counters().snapshot().refused, 100);
    assert_eq!(Store::open(dir.path(), Mode::ReadOnly).info().unwrap().objects, 0);
}

#[test]
fn a_store_is_pushed_without_what_the_remote_has() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    let test = TestStore::new();
    for n in 1..5 {
        test.add(key(n), b"payload");
    }
    test.put_all(objects(0..40)).unwrap();
    let store = test.reopen(Mode::ReadWrite).with_remote(open(&shared.url(), shared.complaints.options()));
    let report = store.push().unwrap();
    assert_eq!((report.objects, report.present, report.sent), (44, 1, 43));
    assert_eq!(store.push().unwrap().present, 44);
    assert!(shared.entry(&key(4)).is_file());
}

#[test]
fn what_another_secret_wrote_is_refused_and_written_anew() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    for text in ["a", "b"] {
        let (store, _dir) = shared.machine(|options| options.secret = secret(text));
        assert!(matches!(store.get(&key(1)), Lookup::Miss(_)));
        assert_eq!(store.remote().unwrap().counters().snapshot().refused, 1);
        store.put(&key(1), &meta(), b"payload").unwrap();
        store.finish(Patience::Long);
        let (store, _dir) = shared.machine(|options| options.secret = secret(text));
        assert!(matches!(store.get(&key(1)), Lookup::Hit(_)));
    }
    let complaints = shared.complaints.all();
    assert_eq!(complaints.len(), 2);
    assert!(complaints[0].contains("not tagged") && complaints[1].contains("wrong tag"), "{complaints:?}");
}

#[test]
fn damaged_entries_are_refused_and_never_handed_out() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    let entry = shared.entry(&key(1));
    let good = fs::read(&entry).unwrap();
    let bad = [flip(&good, 70 * 8), good[..good.len() - 1].to_vec(), Vec::new(), vec![0; 4096], b"<html>".to_vec()];
    for bytes in bad {
        write(&entry, &bytes);
        let (store, dir) = shared.machine(|_| ());
        assert!(matches!(store.get(&key(1)), Lookup::Miss(_)));
        assert_eq!(store.fetch_ahead([key(1)]), []);
        assert_eq!(store.remote().unwrap().counters().snapshot().refused, 2);
        store.finish(Patience::Short);
        // There is no store to keep a log in.
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[test]
fn what_was_done_is_in_the_log_once() {
    let shared = Shared::new();
    shared.fill(key(1), b"payload");
    let (store, _dir) = shared.machine(|_| ());
    store.put(&key(2), &meta(), b"other").unwrap();
    let _ = (store.get(&key(1)), store.get(&key(3)));
    store.finish(Patience::Long);
    store.finish(Patience::Long);
    let remote = store.info().unwrap().remote;
    assert_eq!((remote.hits, remote.misses, remote.sent, remote.dropped), (1, 1, 1, 0));
    assert!(remote.sent_bytes > 64 && remote.received_bytes > 64);
}

fn write(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}
