//! Packs in a store.

use std::fs;
use std::path::PathBuf;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pyc_rs_cache::{
    BadObject, GcReport, Key, Lookup, MissReason, Mode, NewObject, ObjectError, Pack, PutOutcome, Store, pack,
};

use crate::pack::{artifacts, small};
use crate::support::{DAY, HOUR, TestStore, age, backdate, flip, key, meta, names_in, overwrite};

const MANY: u8 = 20;

fn payload(n: u8) -> Vec<u8> {
    vec![n; 500 + usize::from(n)]
}

fn objects(numbers: impl IntoIterator<Item = u8>) -> Vec<NewObject> {
    numbers.into_iter().map(|n| NewObject::encode(&key(n), &meta(), &payload(n)).unwrap()).collect()
}

fn packs(test: &TestStore) -> Vec<PathBuf> {
    let mut paths: Vec<_> = names_in(&test.path("packs")).iter().map(|name| test.path("packs").join(name)).collect();
    paths.sort();
    paths
}

/// A store with one pack of many objects.
fn packed() -> (TestStore, PathBuf) {
    let test = TestStore::new();
    test.put_all(objects(0..MANY)).unwrap();
    let [pack] = packs(&test).try_into().unwrap();
    assert_eq!(names_in(&test.path("objects")), [""; 0]);
    (test, pack)
}

fn miss(lookup: Lookup) -> MissReason {
    match lookup {
        Lookup::Miss(reason) => reason,
        Lookup::Hit(artifact) => panic!("hit: {artifact:?}"),
    }
}

#[track_caller]
fn assert_hits(store: &Store, numbers: impl IntoIterator<Item = u8>) {
    for n in numbers {
        let artifact = store.get(&key(n)).hit().unwrap();
        assert_eq!((artifact.payload(), artifact.meta().unwrap()), (&payload(n)[..], meta()));
        assert_eq!(artifact.payload().as_ptr().align_offset(64), 0);
        assert_eq!((artifact.key(), store.contains(&key(n))), (key(n), true));
    }
}

/// Puts a pack into the store under the name it would have.
fn install(test: &TestStore, bytes: &[u8]) -> PathBuf {
    let name: String = bytes[32..64].iter().map(|byte| format!("{byte:02x}")).collect();
    let path = test.path("packs").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

/// Changes a byte of the artifact of `key` in a pack.
fn damage_entry(path: &PathBuf, key: &Key) {
    let mut bytes = fs::read(path).unwrap();
    let pack = Pack::open(bytes.clone()).unwrap();
    let entry = pack.bytes_of(pack.find(key).unwrap().unwrap());
    let last = entry.as_ptr() as usize - pack.bytes_of(0).as_ptr() as usize + entry.len() - 1;
    let data_off = (64 + 64 * pack.len().div_ceil(64) + 48 * pack.len()).next_multiple_of(64);
    bytes[data_off + last] ^= 1;
    overwrite(path, &bytes);
}

#[test]
fn many_objects_make_a_pack_and_few_make_files() {
    let (test, path) = packed();
    assert_hits(&test, 0..MANY);
    assert_hits(&test.reopen(Mode::ReadWrite), 0..MANY);
    assert_hits(&test.reopen(Mode::ReadOnly), 0..MANY);
    assert_eq!(test.keys().unwrap(), (0..MANY).map(key).collect::<Vec<_>>());
    assert_eq!(test.file_of(&key(1)), Some(path.clone()));
    let info = test.info().unwrap();
    assert_eq!((info.objects, info.packs, info.bytes), (u64::from(MANY), 1, fs::metadata(&path).unwrap().len()));
    assert_eq!(test.counters().snapshot().stored, u64::from(MANY));

    test.put_all(objects(100..103)).unwrap();
    assert_eq!((packs(&test).len(), test.info().unwrap().objects), (1, u64::from(MANY) + 3));
    assert_eq!(test.file_of(&key(101)), test.object_path(&key(101)));
    assert_hits(&test, (0..MANY).chain(100..103));
    assert_eq!(miss(test.get(&key(200))), MissReason::Absent);
    assert_eq!(test.put(&key(1), &meta(), b"").unwrap(), PutOutcome::Existed);
    assert_eq!(test.clear().unwrap().removed, u64::from(MANY) + 3);
    assert_eq!(miss(test.get(&key(1))), MissReason::Absent);
    assert_eq!(test.info().unwrap().objects, 0);
}

#[cfg(unix)]
#[test]
fn packs_are_read_only_and_leave_no_temporary() {
    use std::os::unix::fs::PermissionsExt;
    let (test, path) = packed();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o444);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(names_in(&test.path("tmp")), [""; 0]);
}

#[test]
fn the_order_makes_no_difference() {
    let (_test, path) = packed();
    let other = TestStore::new();
    other.put_all(objects((0..MANY).rev())).unwrap();
    let [same] = packs(&other).try_into().unwrap();
    assert_eq!(path.file_name(), same.file_name());
    assert_eq!(fs::read(path).unwrap(), fs::read(same).unwrap());
}

#[test]
fn packs_of_other_processes_are_seen_after_a_miss() {
    let test = TestStore::new();
    let early = test.reopen(Mode::ReadWrite);
    assert_eq!(miss(early.get(&key(1))), MissReason::Absent);
    test.put_all(objects(0..MANY)).unwrap();
    assert_hits(&early, 0..MANY);
    test.put_all(objects(50..50 + MANY)).unwrap();
    assert_hits(&early, 50..50 + MANY);
}

#[test]
fn a_pack_that_is_gone_still_serves_who_has_it_open() {
    let (test, path) = packed();
    let artifact = test.get(&key(3)).hit().unwrap();
    fs::remove_file(path).unwrap();
    assert_eq!(artifact.payload(), payload(3));
    assert_eq!(miss(test.reopen(Mode::ReadWrite).get(&key(3))), MissReason::Absent);
}

#[test]
fn a_bad_entry_is_a_miss_and_the_pack_goes_on_without_it() {
    let (test, path) = packed();
    damage_entry(&path, &key(7));
    damage_entry(&path, &key(8));
    let reader = test.reopen(Mode::ReadOnly);
    assert!(matches!(miss(reader.get(&key(7))), MissReason::Corrupt(_)));
    assert_hits(&reader, 0..7);
    assert!(!reader.contains(&key(7)) && path.exists());

    let store = test.reopen(Mode::ReadWrite);
    assert_hits(&store, 0..7);
    assert_eq!(miss(store.get(&key(7))), MissReason::Corrupt("content does not match its hash".to_owned()));
    assert!(!path.exists() && !store.contains(&key(7)));
    assert!(matches!(miss(store.get(&key(8))), MissReason::Corrupt(_)));
    assert_eq!(miss(store.get(&key(8))), MissReason::Absent);
    let mut names = names_in(&test.path("quarantine"));
    names.sort();
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with(&key(7).to_string()) && names[1].starts_with(&key(8).to_string()));
    assert_eq!(store.counters().snapshot().quarantined, 2);

    store.put(&key(7), &meta(), &payload(7)).unwrap();
    for store in [store, test.reopen(Mode::ReadWrite)] {
        assert_hits(&store, (0..MANY).filter(|n| *n != 8));
        assert_eq!(miss(store.get(&key(8))), MissReason::Absent);
    }
    assert_eq!(test.reopen(Mode::ReadWrite).verify(&mut |bad| panic!("{bad:?}")).unwrap().bad, 0);
}

#[test]
fn a_bad_entry_stays_where_there_is_no_way_to_write_the_pack_anew() {
    let (test, path) = packed();
    damage_entry(&path, &key(7));
    fs::remove_dir_all(test.path("tmp")).unwrap();
    fs::write(test.path("tmp"), "in the way").unwrap();
    let store = test.reopen(Mode::ReadWrite);
    assert!(matches!(miss(store.get(&key(7))), MissReason::Corrupt(_)));
    assert!(path.exists() && !store.contains(&key(7)));
    assert_hits(&store, 0..7);
}

#[test]
fn what_is_no_pack_is_a_miss_and_goes_to_quarantine() {
    let future = {
        let mut bytes = small();
        bytes[8] = 2;
        bytes
    };
    for bytes in [b"".to_vec(), b"foreign".to_vec(), vec![0; 5000], small()[..200].to_vec(), future] {
        let (test, path) = packed();
        let other = install(&test, &small());
        overwrite(&other, &bytes);
        let reader = test.reopen(Mode::ReadOnly);
        assert!(matches!(miss(reader.get(&key(99))), MissReason::Corrupt(_)) && other.exists());
        let store = test.reopen(Mode::ReadWrite);
        assert!(matches!(miss(store.get(&key(99))), MissReason::Corrupt(_)));
        assert_eq!(miss(store.get(&key(99))), MissReason::Absent);
        assert!(path.exists() && !other.exists());
        assert_eq!(names_in(&test.path("quarantine")).len(), 1);
        assert_hits(&store, 0..MANY);
    }
}

#[test]
fn other_names_and_other_kinds_of_files_do_no_harm() {
    let (test, _) = packed();
    let folder = test.path("packs").join("ab".repeat(32));
    fs::create_dir_all(folder.join("in/it")).unwrap();
    fs::write(test.path("packs/README"), "foreign").unwrap();
    let store = test.reopen(Mode::ReadWrite);
    assert_eq!(miss(store.get(&key(99))), MissReason::Unreadable("not a file".to_owned()));
    assert!(!folder.exists() && test.path("packs/README").exists());
    assert_hits(&store, 0..MANY);
    store.clear().unwrap();
    assert_eq!(names_in(&test.path("packs")), ["README"]);
}

#[test]
fn every_flipped_bit_and_every_cut_is_a_miss_or_harmless() {
    let test = TestStore::new();
    let good = small();
    let payloads = [2u8, 9].map(|n| (key(n), vec![n; usize::from(n) * 3]));
    let cut = (0..good.len()).map(|len| good[..len].to_vec());
    let flipped = (0..good.len() * 8).map(|bit| flip(&good, bit));
    for (case, bytes) in cut.chain(flipped).enumerate() {
        let path = install(&test, &small());
        overwrite(&path, &bytes);
        let store = test.reopen(Mode::ReadWrite);
        let mut misses = 0;
        for (key, payload) in &payloads {
            match store.get(key) {
                Lookup::Hit(artifact) => assert_eq!(artifact.payload(), payload, "case {case}"),
                Lookup::Miss(_) => misses += 1,
            }
        }
        assert!(misses > 0 && !path.exists(), "case {case}");
        for name in names_in(&test.path("quarantine")) {
            fs::remove_file(test.path("quarantine").join(name)).unwrap();
        }
        packs(&test).into_iter().for_each(|path| fs::remove_file(path).unwrap());
    }
}

#[test]
fn verify_looks_into_packs() {
    let (test, path) = packed();
    damage_entry(&path, &key(7));
    let broken = install(&test, &small());
    overwrite(&broken, &flip(&small(), 40 * 8));
    for (mode, quarantined) in [(Mode::ReadOnly, 0), (Mode::ReadWrite, 2)] {
        let mut seen: Vec<BadObject> = Vec::new();
        let report = test.reopen(mode).verify(&mut |bad| seen.push(bad.clone())).unwrap();
        assert_eq!((report.checked, report.bad, report.unreadable), (u64::from(MANY), 2, 0));
        seen.sort_by_key(|bad| bad.key);
        assert_eq!((seen[0].key, &seen[0].path), (None, &broken));
        assert_eq!((seen[1].key, &seen[1].path), (Some(key(7)), &path));
        assert!(matches!(seen[0].error, ObjectError::Pack(_)) && matches!(seen[1].error, ObjectError::Artifact(_)));
        assert_eq!(names_in(&test.path("quarantine")).len(), quarantined);
    }
    assert_hits(&test.reopen(Mode::ReadWrite), (0..MANY).filter(|n| *n != 7));
}

#[test]
fn packs_and_objects_are_evicted_by_their_last_use() {
    let (test, old) = packed();
    test.put_all(objects(100..100 + MANY)).unwrap();
    let young = packs(&test).into_iter().find(|path| *path != old).unwrap();
    let loose = test.add(key(200), b"payload");
    let size = fs::metadata(&old).unwrap().len();
    for (path, age) in [(&old, 3), (&loose, 2), (&young, 1)] {
        backdate(path, HOUR * age);
    }
    let report = test.gc(test.info().unwrap().bytes - 1).unwrap();
    assert_eq!((report.removed, report.removed_bytes, report.kept), (u64::from(MANY), size, u64::from(MANY) + 1));
    assert_eq!([&old, &loose, &young].map(|path| path.exists()), [false, true, true]);
    test.gc(fs::metadata(&young).unwrap().len()).unwrap();
    assert_eq!([&loose, &young].map(|path| path.exists()), [false, true]);
    let size = fs::metadata(&young).unwrap().len();
    let expected = GcReport { ran: true, removed: u64::from(MANY), removed_bytes: size, ..GcReport::default() };
    assert_eq!(test.gc(0).unwrap(), expected);
}

#[test]
fn a_use_marks_the_pack_at_most_once_an_hour() {
    let (test, path) = packed();
    backdate(&path, HOUR / 2);
    test.reopen(Mode::ReadWrite).get(&key(1));
    assert!(age(&path) >= HOUR / 2);
    backdate(&path, DAY);
    test.reopen(Mode::ReadOnly).get(&key(1));
    assert!(age(&path) >= DAY);
    test.reopen(Mode::ReadWrite).get(&key(1));
    assert!(age(&path) < HOUR);
}

#[test]
fn gc_gathers_many_loose_objects_and_leaves_few() {
    let test = TestStore::new();
    for n in 0..63 {
        test.add(key(n), &payload(n));
    }
    assert_eq!(test.gc(u64::MAX).unwrap().packed, 0);
    test.add(key(63), &payload(63));
    let early = test.reopen(Mode::ReadWrite);
    assert_hits(&early, 0..10);
    backdate(&test.object(key(1)), DAY);
    overwrite(&test.object(key(5)), b"damaged");
    assert_eq!(test.gc(u64::MAX).unwrap().packed, 63);
    assert!(test.object(key(5)).exists() && !test.object(key(6)).exists());
    assert!(age(&packs(&test)[0]) < HOUR);
    for store in [&test, &early, &test.reopen(Mode::ReadOnly)] {
        assert_hits(store, (0..64).filter(|n| *n != 5));
    }
    let bytes = fs::read(&packs(&test)[0]).unwrap();
    let pack = Pack::open(bytes).unwrap();
    let object = &objects([6])[0];
    assert_eq!(object.key(), key(6));
    let loose = pyc_rs_cache::artifact::encode(&key(6), &meta(), &payload(6)).unwrap();
    assert_eq!(pack.bytes_of(pack.find(&key(6)).unwrap().unwrap()), loose);
}

#[test]
fn gc_merges_many_small_packs_and_leaves_few() {
    let test = TestStore::new();
    let put = |n: u8| test.put_all(objects(n * 20..n * 20 + 16 + n % 2)).unwrap();
    (0..7).for_each(put);
    assert_eq!((test.gc(u64::MAX).unwrap().merged, packs(&test).len()), (0, 7));
    let early = test.reopen(Mode::ReadWrite);
    assert_hits(&early, 0..16);
    put(7);
    // What two packs hold is one object afterwards.
    test.put_all(objects(10..40)).unwrap();
    backdate(&packs(&test)[0], DAY);
    assert_eq!((test.gc(u64::MAX).unwrap().merged, packs(&test).len()), (9, 1));
    assert!(age(&packs(&test)[0]) < HOUR);
    let expected: Vec<u8> = (0..8).flat_map(|n| n * 20..n * 20 + 16 + n % 2).chain(10..40).collect();
    for store in [&test, &early, &test.reopen(Mode::ReadOnly)] {
        assert_hits(store, expected.iter().copied());
    }
    assert_eq!(test.info().unwrap().objects, test.keys().unwrap().len() as u64);
}

#[test]
fn a_full_folder_of_packs_costs_the_pack_and_not_the_objects() {
    let test = TestStore::new();
    fs::create_dir_all(test.path("")).unwrap();
    fs::write(test.path("packs"), "in the way").unwrap();
    test.put_all(objects(0..MANY)).unwrap();
    assert_hits(&test, 0..MANY);
    assert_eq!((test.info().is_err(), test.counters().snapshot().stored), (true, u64::from(MANY)));
}

#[test]
fn nothing_is_stored_where_nothing_may_be_written() {
    let test = TestStore::new();
    test.reopen(Mode::ReadOnly).put_all(objects(0..MANY)).unwrap();
    Store::off().put_all(objects(0..MANY)).unwrap();
    assert!(!test.root().unwrap().exists());
    let file = test.root().unwrap().parent().unwrap().join("file");
    fs::write(&file, "").unwrap();
    let store = Store::open(&file, Mode::ReadWrite);
    store.put_all(objects(0..MANY)).unwrap_err();
    assert_eq!(store.counters().snapshot().put_failures, u64::from(MANY));
}

#[test]
fn readers_and_writers_survive_tidying_eviction_and_clearing() {
    let test = TestStore::new();
    let done = AtomicBool::new(false);
    let work = |salt: u8| {
        let store = test.reopen(Mode::ReadWrite);
        for round in 0..60u8 {
            let first = round.wrapping_mul(37).wrapping_add(salt) % 100;
            store.put_all(objects(first..first + 16 + round % 9)).unwrap();
            for n in first..first + 60 {
                match store.get(&key(n)) {
                    Lookup::Hit(artifact) => assert_eq!(artifact.payload(), payload(n)),
                    Lookup::Miss(reason) => assert_eq!(reason, MissReason::Absent),
                }
                store.put(&key(n), &meta(), &payload(n)).unwrap();
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let other = test.reopen(Mode::ReadWrite);
            let mut moved = 0;
            for round in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let report = other.gc(if round % 7 == 0 { 50_000 } else { u64::MAX }).unwrap();
                moved += report.packed + report.merged;
                if round % 13 == 0 {
                    other.clear().unwrap();
                }
                other.verify(&mut |bad| panic!("{bad:?}")).unwrap();
                other.info().unwrap();
            }
            assert!(moved > 0, "nothing was ever packed");
        });
        let workers: Vec<_> = (0..3).map(|salt| scope.spawn(move || work(salt))).collect();
        let results: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok));
    });
    assert_eq!(names_in(&test.path("tmp")), [""; 0]);
    assert_eq!(names_in(&test.path("quarantine")), [""; 0]);
}

#[test]
fn objects_in_files_and_in_packs_are_the_same_bytes() {
    let all = artifacts(0..MANY);
    let pack = Pack::open(pack::encode(all.clone()).unwrap()).unwrap();
    for (index, (_, bytes)) in all.iter().enumerate() {
        assert_eq!(pack.bytes_of(index), bytes);
    }
}

#[test]
fn threads_that_look_for_the_first_time_together_all_find() {
    let (test, _) = packed();
    for _ in 0..100 {
        let store = Store::open(test.root().unwrap(), Mode::ReadOnly);
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for n in 0..4 {
                let (store, start) = (&store, &start);
                scope.spawn(move || {
                    start.wait();
                    assert!(store.get(&key(n)).hit().is_some());
                    assert!(store.contains(&key(n)));
                });
            }
        });
    }
}
