//! Many threads, each with a store of its own, as if they were processes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pyc_rs_cache::{Lookup, MissReason, Mode, PutOutcome};

use crate::support::{TestStore, key, meta, names_in};

const ROUNDS: u8 = 200;

fn payload(n: u8) -> Vec<u8> {
    vec![n; 1000 + usize::from(n)]
}

/// Gets must answer with the right payload or be absent, puts must succeed.
fn read_and_write(test: &TestStore) {
    let store = test.reopen(Mode::ReadWrite);
    for round in 0..ROUNDS {
        let n = round % 8;
        match store.get(&key(n)) {
            Lookup::Hit(artifact) => assert_eq!(artifact.payload(), payload(n)),
            Lookup::Miss(reason) => assert_eq!(reason, MissReason::Absent),
        }
        store.put(&key(n), &meta(), &payload(n)).unwrap();
    }
}

fn while_others_read_and_write(test: &TestStore, mut interfere: impl FnMut() + Send) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                interfere();
            }
        });
        let writers: Vec<_> = (0..3).map(|_| scope.spawn(|| read_and_write(test))).collect();
        let results: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        for result in results {
            result.unwrap();
        }
    });
    assert_eq!(names_in(&test.path("tmp")), [""; 0]);
    assert_eq!(names_in(&test.path("quarantine")), [""; 0]);
}

#[test]
fn gets_and_puts_survive_a_concurrent_clear() {
    let test = TestStore::new();
    let other = test.reopen(Mode::ReadWrite);
    while_others_read_and_write(&test, || {
        other.clear().unwrap();
        thread::yield_now();
    });
}

#[test]
fn gets_and_puts_survive_a_concurrent_gc_of_everything() {
    let test = TestStore::new();
    let other = test.reopen(Mode::ReadWrite);
    while_others_read_and_write(&test, || {
        other.gc(0).unwrap();
        thread::yield_now();
    });
}

#[test]
fn info_and_verify_survive_concurrent_changes() {
    let test = TestStore::new();
    let other = test.reopen(Mode::ReadWrite);
    while_others_read_and_write(&test, || {
        other.info().unwrap();
        let report = other.verify(&mut |bad| panic!("{bad:?}"));
        assert_eq!(report.unwrap().bad, 0);
        other.clear().unwrap();
    });
}

#[test]
fn concurrent_puts_of_one_key_all_succeed() {
    let test = TestStore::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let outcome = test.reopen(Mode::ReadWrite).put(&key(1), &meta(), &payload(1));
                assert_ne!(outcome.unwrap(), PutOutcome::Skipped);
            });
        }
    });
    assert_eq!(test.get(&key(1)).hit().unwrap().payload(), payload(1));
    assert_eq!(names_in(&test.path("tmp")), [""; 0]);
}
