use std::fs;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use pyc_rs_cache::{Mode, RecentStats, Store};

use crate::support::{TestStore, key, names_in, overwrite};

fn recent(test: &TestStore) -> RecentStats {
    test.info().unwrap().recent
}

fn record(unix_secs: u64) -> Vec<u8> {
    let counts: [u32; 6] = [1, 2, 3, 4, 5, 0];
    let mut bytes = unix_secs.to_le_bytes().to_vec();
    bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
    bytes
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn with_log(bytes: &[u8]) -> TestStore {
    let test = TestStore::new();
    fs::create_dir_all(test.path("stats")).unwrap();
    fs::write(test.path("stats/log"), bytes).unwrap();
    test
}

#[test]
fn processes_add_up() {
    let test = TestStore::new();
    test.get(&key(1));
    overwrite(&test.add(key(1), b"payload"), b"damaged");
    test.get(&key(1));
    test.flush_stats();
    test.add(key(1), b"payload");
    let other = test.reopen(Mode::ReadWrite);
    other.get(&key(1));
    other.flush_stats();
    let expected = RecentStats { runs: 2, hits: 1, misses: 2, stored: 1, put_failures: 0, quarantined: 1 };
    assert_eq!(recent(&test), expected);
}

#[test]
fn a_second_flush_logs_only_what_is_new() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    test.flush_stats();
    test.flush_stats();
    assert_eq!(recent(&test), RecentStats { runs: 1, stored: 1, ..RecentStats::default() });
    test.get(&key(1));
    test.flush_stats();
    assert_eq!(recent(&test), RecentStats { runs: 2, stored: 1, hits: 1, ..RecentStats::default() });
}

#[test]
fn nothing_is_logged_without_events_or_where_nothing_may_be_written() {
    let test = TestStore::new();
    test.get(&key(1));
    test.flush_stats();
    assert!(!test.root().unwrap().exists(), "a miss does not create a store");
    test.add(key(1), b"payload");
    test.reopen(Mode::ReadWrite).flush_stats();
    let store = test.reopen(Mode::ReadOnly);
    store.get(&key(1));
    store.flush_stats();
    Store::off().flush_stats();
    assert_eq!(recent(&test), RecentStats::default());
}

#[test]
fn records_of_other_weeks_do_not_count() {
    let week = 7 * 24 * 60 * 60;
    let log = [record(now() - week - 60), record(now() - week + 60), record(now() + 600)].concat();
    let stats = recent(&with_log(&log));
    let expected = RecentStats { runs: 1, hits: 1, misses: 2, stored: 3, put_failures: 4, quarantined: 5 };
    assert_eq!(stats, expected);
}

#[test]
fn malformed_records_do_not_count() {
    let mut unknown = record(now());
    unknown[31] = 1;
    let torn = &record(now())[..20];
    let log = [&record(now()), unknown.as_slice(), torn].concat();
    assert_eq!(recent(&with_log(&log)).runs, 1);
    assert_eq!(recent(&with_log(&[0xff; 100])).runs, 0);
    let test = TestStore::new();
    fs::create_dir_all(test.path("stats/log")).unwrap();
    assert_eq!(recent(&test).runs, 0);
}

#[test]
fn a_full_or_torn_log_is_set_aside() {
    let full = record(now()).repeat((256 << 10) / 32 + 1);
    let torn = [record(now()), record(now())[..20].to_vec()].concat();
    for log in [full, torn] {
        let test = with_log(&log);
        test.add(key(1), b"payload");
        test.flush_stats();
        assert_eq!(fs::read(test.path("stats/log.old")).unwrap(), log);
        assert_eq!(fs::metadata(test.path("stats/log")).unwrap().len(), 32);
        assert_eq!(recent(&test).runs, log.len() as u64 / 32 + 1);
    }
}

#[test]
fn records_of_concurrent_processes_do_not_mix() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = test.reopen(Mode::ReadWrite);
                for _ in 0..50 {
                    store.get(&key(1));
                    store.flush_stats();
                }
            });
        }
    });
    assert_eq!(recent(&test), RecentStats { runs: 200, hits: 200, ..RecentStats::default() });
}

#[test]
fn a_log_that_cannot_be_written_is_no_error() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    fs::write(test.path("stats"), "in the way").unwrap();
    test.flush_stats();
    assert_eq!(recent(&test), RecentStats::default());
    assert_eq!(names_in(&test.path("stats")), [""; 0]);
}
