use std::fs::{self, File};
use std::time::Duration;

use pyc_rs_cache::{GcReport, Mode, Store};

use crate::support::{DAY, HOUR, TestStore, backdate, key, names_in};

/// Three objects of one size; the higher its number, the longer an object was not used.
fn three_objects() -> (TestStore, u64) {
    let test = TestStore::new();
    let mut size = 0;
    for n in [2, 1, 3] {
        let path = test.add(key(n), &[n; 1000]);
        backdate(&path, HOUR * u32::from(n));
        size = fs::metadata(path).unwrap().len();
    }
    (test, size)
}

fn left(test: &TestStore) -> Vec<u8> {
    let keys = test.keys().unwrap();
    keys.iter().map(|key| key.as_bytes()[0]).collect()
}

#[test]
fn the_least_recently_used_objects_go_first() {
    let (test, size) = three_objects();
    let report = test.gc(2 * size).unwrap();
    assert_eq!(left(&test), [1, 2]);
    let expected =
        GcReport { ran: true, removed: 1, removed_bytes: size, kept: 2, kept_bytes: 2 * size, ..GcReport::default() };
    assert_eq!(report, expected);
    test.gc(2 * size - 1).unwrap();
    assert_eq!(left(&test), [1]);
}

#[test]
fn a_get_makes_an_object_recently_used() {
    let (test, size) = three_objects();
    test.get(&key(3));
    test.gc(size).unwrap();
    assert_eq!(left(&test), [3]);
}

#[test]
fn nothing_goes_below_the_limit_and_everything_at_zero() {
    let (test, size) = three_objects();
    assert_eq!(test.gc(3 * size).unwrap().removed, 0);
    assert_eq!(test.gc(0).unwrap().removed, 3);
    assert_eq!(left(&test), [0; 0]);
}

#[test]
fn files_that_are_not_objects_stay() {
    let (test, _) = three_objects();
    let foreign = test.path("objects/01/README");
    fs::write(&foreign, "foreign").unwrap();
    fs::write(test.path("objects/README"), "foreign").unwrap();
    assert_eq!(test.gc(0).unwrap().removed, 3);
    assert!(foreign.exists());
}

#[test]
fn temporaries_of_dead_writers_go_and_those_of_living_ones_stay() {
    let (test, _) = three_objects();
    let live = File::create(test.path("tmp/put-live")).unwrap();
    live.lock().unwrap();
    fs::write(test.path("tmp/put-orphan"), "half").unwrap();
    assert_eq!(test.gc(u64::MAX).unwrap().temporaries_removed, 1);
    assert_eq!(names_in(&test.path("tmp")), ["put-live"]);
    drop(live);
    assert_eq!(test.gc(u64::MAX).unwrap().temporaries_removed, 1);
}

#[test]
fn quarantine_is_emptied_after_a_week() {
    let (test, _) = three_objects();
    fs::create_dir(test.path("quarantine")).unwrap();
    for (name, age) in [("young", 6 * DAY), ("old", 8 * DAY)] {
        let path = test.path("quarantine").join(name);
        fs::write(&path, "").unwrap();
        backdate(&path, age);
    }
    // What was in the place of an object need not be a file.
    let folder = test.path("quarantine/old-folder");
    fs::create_dir_all(folder.join("in/it")).unwrap();
    backdate(&folder, 8 * DAY);
    assert_eq!(test.gc(u64::MAX).unwrap().quarantine_removed, 2);
    assert_eq!(names_in(&test.path("quarantine")), ["young"]);
}

#[test]
fn an_old_object_stays_in_quarantine_for_a_week() {
    let (test, _) = three_objects();
    let path = test.object(key(1));
    fs::remove_file(&path).unwrap();
    fs::write(&path, "damaged").unwrap();
    backdate(&path, 30 * DAY);
    test.get(&key(1));
    assert_eq!(test.gc(u64::MAX).unwrap().quarantine_removed, 0);
}

#[test]
fn indexes_that_nobody_writes_go_after_90_days() {
    let (test, _) = three_objects();
    fs::create_dir(test.path("index")).unwrap();
    for (name, age) in [("young", 89 * DAY), ("old", 91 * DAY)] {
        let path = test.path("index").join(name);
        fs::write(&path, "").unwrap();
        backdate(&path, age);
    }
    assert_eq!(test.gc(u64::MAX).unwrap().indexes_removed, 1);
    assert_eq!(names_in(&test.path("index")), ["young"]);
}

#[test]
fn a_second_gc_steps_back() {
    let (test, _) = three_objects();
    let lock = File::create(test.path("gc.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(test.gc(0).unwrap(), GcReport::default());
    assert_eq!(left(&test), [1, 2, 3]);
    drop(lock);
    assert!(test.gc(0).unwrap().ran);
}

#[test]
fn a_gc_is_due_until_one_has_run() {
    let (test, _) = three_objects();
    assert!(test.gc_due(HOUR));
    test.gc(u64::MAX).unwrap();
    assert!(!test.gc_due(HOUR));
    assert!(test.gc_due(Duration::ZERO));
    backdate(&test.path("gc.stamp"), 2 * HOUR);
    assert!(test.gc_due(HOUR));
    test.gc(u64::MAX).unwrap();
    assert!(!test.gc_due(HOUR));
}

#[test]
fn a_stamp_from_the_future_does_not_put_gc_off() {
    let (test, _) = three_objects();
    test.gc(u64::MAX).unwrap();
    let future = std::time::SystemTime::now() + 30 * DAY;
    File::open(test.path("gc.stamp")).unwrap().set_modified(future).unwrap();
    assert!(test.gc_due(HOUR));
}

#[test]
fn a_store_that_is_not_writable_is_not_collected() {
    let (test, _) = three_objects();
    for store in [Store::off(), test.reopen(Mode::ReadOnly), test.reopen(Mode::Off)] {
        assert!(!store.gc_due(Duration::ZERO));
        assert_eq!(store.gc(0).unwrap(), GcReport::default());
    }
    assert_eq!(left(&test), [1, 2, 3]);
}

#[test]
fn a_missing_store_stays_missing() {
    let test = TestStore::new();
    assert_eq!(test.gc(0).unwrap(), GcReport { ran: true, ..GcReport::default() });
    assert!(!test.root().unwrap().exists());
}
