use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use pyc_rs_cache::{Counters, Lookup, MissReason, Mode, PutOutcome, Store, StoreError};

use crate::support::{DAY, HOUR, TestStore, age, backdate, key, meta, names_in, overwrite, payload_of};

fn miss(lookup: Lookup) -> MissReason {
    match lookup {
        Lookup::Miss(reason) => reason,
        Lookup::Hit(_) => panic!("unexpected hit"),
    }
}

fn quarantined(counters: &Counters) -> u64 {
    counters.quarantined.load(Ordering::Relaxed)
}

#[test]
fn opening_and_reading_a_missing_store_creates_nothing() {
    let test = TestStore::new();
    assert_eq!(miss(test.get(&key(1))), MissReason::Absent);
    assert!(!test.contains(&key(1)));
    assert!(!test.root().unwrap().exists());
}

#[test]
fn what_was_put_is_got() {
    let test = TestStore::new();
    let outcome = test.put(&key(1), &meta(), b"payload").unwrap();
    let artifact = test.get(&key(1)).hit().unwrap();
    assert_eq!(outcome, PutOutcome::Stored { bytes: artifact.file_len() });
    assert_eq!(artifact.payload(), b"payload");
    assert_eq!(artifact.payload().as_ptr() as usize % 64, 0);
    assert_eq!(artifact.meta(), Ok(meta()));
    assert_eq!(artifact.key(), key(1));
    assert!(test.contains(&key(1)));
    assert_eq!(miss(test.get(&key(2))), MissReason::Absent);
}

#[test]
fn what_was_put_is_got_by_another_process() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    for mode in [Mode::ReadWrite, Mode::ReadOnly] {
        assert!(test.reopen(mode).get(&key(1)).hit().is_some());
    }
}

#[test]
fn a_second_put_of_a_key_changes_nothing() {
    let test = TestStore::new();
    test.add(key(1), b"first");
    assert_eq!(test.put(&key(1), &meta(), b"second").unwrap(), PutOutcome::Existed);
    assert_eq!(payload_of(&test.get(&key(1))), Some(&b"first"[..]));
}

#[test]
fn a_put_leaves_no_temporary() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    assert_eq!(names_in(&test.path("tmp")), [""; 0]);
}

#[cfg(unix)]
#[test]
fn objects_are_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o444);
}

#[test]
fn an_artifact_outlives_its_file() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    let artifact = test.get(&key(1)).hit().unwrap();
    fs::remove_file(path).unwrap();
    assert_eq!(artifact.payload(), b"payload");
}

#[test]
fn a_corrupt_object_is_a_miss_and_goes_to_quarantine() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    overwrite(&path, &bytes);
    assert_eq!(miss(test.get(&key(1))), MissReason::Corrupt("content does not match its hash".to_owned()));
    assert!(!path.exists());
    let names = names_in(&test.path("quarantine"));
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with(&key(1).to_string()));
    assert_eq!(quarantined(test.counters()), 1);

    test.add(key(1), b"payload");
    assert!(test.get(&key(1)).hit().is_some());
}

#[test]
fn truncated_empty_and_foreign_objects_are_corrupt() {
    let test = TestStore::new();
    let whole = fs::read(test.add(key(1), b"payload")).unwrap();
    for bytes in [&b""[..], b"hello", &whole[..whole.len() - 1], &[0; 1000]] {
        overwrite(&test.object(key(1)), bytes);
        assert!(matches!(miss(test.get(&key(1))), MissReason::Corrupt(_)));
        test.add(key(1), b"payload");
    }
    assert_eq!(names_in(&test.path("quarantine")).len(), 4);
}

#[test]
fn an_object_under_the_name_of_another_is_corrupt() {
    let test = TestStore::new();
    let one = test.add(key(1), b"one");
    let two = test.add(key(2), b"two");
    fs::rename(one, two).unwrap();
    assert!(matches!(miss(test.get(&key(2))), MissReason::Corrupt(_)));
}

#[test]
fn a_corrupt_object_is_removed_where_there_can_be_no_quarantine() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    fs::write(test.path("quarantine"), "in the way").unwrap();
    overwrite(&path, b"damaged");
    assert!(matches!(miss(test.get(&key(1))), MissReason::Corrupt(_)));
    assert!(!path.exists());
    assert_eq!(quarantined(test.counters()), 1);
}

#[test]
fn a_corrupt_object_stays_in_a_read_only_store() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    overwrite(&path, b"damaged");
    let store = test.reopen(Mode::ReadOnly);
    assert!(matches!(miss(store.get(&key(1))), MissReason::Corrupt(_)));
    assert!(path.exists());
    assert_eq!(quarantined(store.counters()), 0);
}

#[test]
fn an_object_without_content_does_not_count_as_there() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    overwrite(&path, b"");
    assert!(!test.contains(&key(1)));
    test.add(key(1), b"payload");
    assert!(test.get(&key(1)).hit().is_some());
}

#[test]
fn a_folder_in_place_of_an_object_is_a_miss_and_is_set_aside() {
    let test = TestStore::new();
    fs::create_dir_all(test.object(key(1)).join("in/it")).unwrap();
    assert!(!test.contains(&key(1)));
    assert!(test.put(&key(1), &meta(), b"payload").is_err());
    assert_eq!(names_in(&test.path("tmp")), [""; 0]);
    assert_eq!(miss(test.get(&key(1))), MissReason::Unreadable("not a file".to_owned()));
    test.add(key(1), b"payload");
    assert!(test.get(&key(1)).hit().is_some());
    assert_eq!(test.info().unwrap().quarantined, 1);
    test.clear().unwrap();
    assert_eq!(names_in(&test.path("quarantine")), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_fifo_in_place_of_an_object_is_a_miss_and_does_not_block() {
    use rustix::fs::{CWD, FileType, mknodat};
    let test = TestStore::new();
    let path = test.object(key(1));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, &path, FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(miss(test.get(&key(1))), MissReason::Unreadable("not a file".to_owned()));
}

#[test]
fn an_old_object_is_marked_as_used_and_a_young_one_is_left_alone() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    backdate(&path, HOUR / 2);
    test.get(&key(1));
    assert!(age(&path) >= HOUR / 2);
    backdate(&path, DAY);
    test.reopen(Mode::ReadOnly).get(&key(1));
    assert!(age(&path) >= DAY);
    test.get(&key(1));
    assert!(age(&path) < HOUR);
}

#[test]
fn an_object_from_the_future_is_brought_back() {
    let test = TestStore::new();
    let path = test.add(key(1), b"payload");
    let future = std::time::SystemTime::now() + DAY;
    fs::File::open(&path).unwrap().set_modified(future).unwrap();
    test.get(&key(1));
    assert!(fs::metadata(&path).unwrap().modified().unwrap() < future);
}

#[test]
fn a_store_that_is_off_holds_nothing() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    for store in [Store::off(), test.reopen(Mode::Off)] {
        assert_eq!(miss(store.get(&key(1))), MissReason::Off);
        assert!(!store.contains(&key(1)));
        assert_eq!(store.put(&key(2), &meta(), b"").unwrap(), PutOutcome::Skipped);
    }
    assert_eq!(Store::off().root(), None);
    assert_eq!(Store::off().object_path(&key(1)), None);
}

#[test]
fn a_read_only_store_is_not_written() {
    let test = TestStore::new();
    let store = test.reopen(Mode::ReadOnly);
    assert_eq!(store.put(&key(1), &meta(), b"").unwrap(), PutOutcome::Skipped);
    assert!(!test.root().unwrap().exists());
}

#[test]
fn a_root_that_is_a_file_costs_the_entry_and_names_the_cause() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("file");
    fs::write(&root, "").unwrap();
    let store = Store::open(&root, Mode::ReadWrite);
    let error = store.put(&key(1), &meta(), b"").unwrap_err();
    let expected = format!("cannot write {}: Not a directory", root.join("v1/tmp").display());
    assert_eq!(error.to_string(), expected);
    assert!(matches!(miss(store.get(&key(1))), MissReason::Unreadable(_)));
    assert_eq!(store.counters().put_failures.load(Ordering::Relaxed), 1);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_costs_the_entry() {
    use std::os::unix::fs::PermissionsExt;
    if !crate::support::permissions_apply() {
        eprintln!("skipped: permissions do not apply to root");
        return;
    }
    let test = TestStore::new();
    test.add(key(1), b"payload");
    let tmp = test.path("tmp");
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o500)).unwrap();
    let error = test.put(&key(2), &meta(), b"").unwrap_err();
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(error.to_string(), format!("cannot write {}: Permission denied", tmp.display()));
    assert!(test.get(&key(1)).hit().is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_file_system_costs_the_entry() {
    // Nobody can create folders here, root included.
    let store = Store::open("/proc/pyc-rs-cache-test", Mode::ReadWrite);
    let error = store.put(&key(1), &meta(), b"").unwrap_err();
    assert!(matches!(error, StoreError::Io { action: "create", .. }), "{error}");
    assert_eq!(miss(store.get(&key(1))), MissReason::Absent);
}

#[test]
fn folders_removed_underneath_are_made_again() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    for gone in ["tmp", "objects", ""] {
        fs::remove_dir_all(test.path(gone)).unwrap();
        test.add(key(2), b"payload");
        assert!(test.get(&key(2)).hit().is_some());
        fs::remove_file(test.object(key(2))).unwrap();
    }
}

#[test]
fn metadata_over_the_limit_costs_the_entry() {
    let test = TestStore::new();
    let mut meta = meta();
    meta.engine = "e".repeat(17 << 20);
    assert!(matches!(test.put(&key(1), &meta, b""), Err(StoreError::Encode(_))));
    assert!(!test.contains(&key(1)));
}

#[test]
fn a_relative_root_is_made_absolute() {
    let store = Store::open("cache-of-tests", Mode::ReadOnly);
    assert!(store.root().unwrap().is_absolute());
    assert!(store.root().unwrap().ends_with(Path::new("cache-of-tests")));
}

#[test]
fn counters_count_what_happens() {
    let test = TestStore::new();
    test.get(&key(1));
    test.add(key(1), b"payload");
    test.get(&key(1));
    test.get(&key(1));
    let counts = test.counters().snapshot();
    assert_eq!((counts.hits, counts.misses, counts.stored), (2, 1, 1));
    assert_eq!(counts.stored_bytes, fs::metadata(test.object(key(1))).unwrap().len());
}

#[test]
fn miss_reasons_read_well() {
    let texts =
        [MissReason::Absent, MissReason::Corrupt("why".to_owned()), MissReason::Off].map(|miss| miss.to_string());
    assert_eq!(texts, ["absent", "corrupt: why", "the store is off"]);
}
