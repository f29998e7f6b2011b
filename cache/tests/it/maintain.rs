use std::fs::{self, File};

use pyc_rs_cache::{
    ArtifactError, BadObject, ClearReport, IndexId, Mode, StatIndex, Store, StoreError, StoreInfo, VerifyReport, now_ns,
};

use crate::support::{TestStore, key, names_in, overwrite};

fn filled() -> TestStore {
    let test = TestStore::new();
    for n in 1..4 {
        test.add(key(n), &[n; 1000]);
    }
    test
}

fn total_bytes(test: &TestStore) -> u64 {
    let sizes = (1..4).map(|n| fs::metadata(test.object(key(n))).unwrap().len());
    sizes.sum()
}

#[test]
fn info_sums_up_the_store() {
    let test = filled();
    overwrite(&test.add(key(9), b"payload"), b"damaged");
    test.get(&key(9));
    fs::write(test.path("tmp/put-orphan"), "half").unwrap();
    let info = test.info().unwrap();
    assert_eq!((info.objects, info.bytes), (3, total_bytes(&test)));
    assert_eq!((info.quarantined, info.temporaries), (1, 1));
}

#[test]
fn a_missing_store_is_all_zeros() {
    let test = TestStore::new();
    for store in [&test.store, &Store::off()] {
        assert_eq!(store.info().unwrap(), StoreInfo::default());
        assert_eq!(store.keys().unwrap(), []);
        assert_eq!(store.clear().unwrap(), ClearReport::default());
        assert_eq!(store.verify(&mut |_| {}).unwrap(), VerifyReport::default());
    }
    assert!(!test.root().unwrap().exists());
}

#[test]
fn a_root_that_is_a_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("file");
    fs::write(&root, "").unwrap();
    let error = Store::open(&root, Mode::ReadWrite).info().unwrap_err();
    assert!(error.to_string().ends_with(": Not a directory"), "{error}");
}

#[test]
fn keys_are_those_of_the_objects_in_order() {
    let test = filled();
    fs::create_dir(test.path("objects/zz")).unwrap();
    fs::write(test.path("objects/zz/foreign"), "").unwrap();
    assert_eq!(test.keys().unwrap(), [key(1), key(2), key(3)]);
}

#[test]
fn clear_removes_everything_but_what_is_being_written() {
    let test = filled();
    let bytes = total_bytes(&test);
    let id = IndexId::new(b"/src", "");
    StatIndex::save(&test, &id, now_ns(), Vec::new()).unwrap();
    test.flush_stats();
    overwrite(&test.add(key(9), b"payload"), b"damaged");
    test.get(&key(9));
    fs::write(test.path("tmp/put-orphan"), "half").unwrap();
    let live = File::create(test.path("tmp/put-live")).unwrap();
    live.lock().unwrap();

    assert_eq!(test.clear().unwrap(), ClearReport { removed: 3, removed_bytes: bytes });
    assert_eq!(test.keys().unwrap(), []);
    for dir in ["index", "stats", "quarantine"] {
        assert_eq!(names_in(&test.path(dir)), [""; 0], "{dir}");
    }
    assert_eq!(names_in(&test.path("tmp")), ["put-live"]);
    test.add(key(1), b"payload");
}

#[test]
fn clear_refuses_a_read_only_store() {
    let test = filled();
    let error = test.reopen(Mode::ReadOnly).clear().unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert_eq!(test.keys().unwrap().len(), 3);
}

#[test]
fn verify_checks_every_object() {
    let test = filled();
    let report = test.verify(&mut |bad| panic!("{bad:?}")).unwrap();
    let expected = VerifyReport { checked: 3, bytes: total_bytes(&test), ..VerifyReport::default() };
    assert_eq!(report, expected);
}

#[test]
fn verify_reports_bad_objects_and_quarantines_them() {
    let test = filled();
    let path = test.object(key(2));
    overwrite(&path, b"damaged");
    fs::create_dir_all(test.object(key(7))).unwrap();
    for (mode, quarantined) in [(Mode::ReadOnly, 0), (Mode::ReadWrite, 1)] {
        let mut seen = Vec::new();
        let report = test.reopen(mode).verify(&mut |bad| seen.push(bad.clone()));
        let error = ArtifactError::TooShort { len: 7 }.into();
        assert_eq!(seen, [BadObject { path: path.clone(), key: Some(key(2)), error }]);
        let report = report.unwrap();
        assert_eq!((report.checked, report.bad), (3, 1));
        assert_eq!(names_in(&test.path("quarantine")).len(), quarantined);
    }
    assert_eq!(test.keys().unwrap(), [key(1), key(3)]);
}
