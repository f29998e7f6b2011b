use std::fs;

use pyc_rs_cache::{EffectiveMode, Mode, Store};

use crate::support::{TestStore, key};

fn as_configured(mode: Mode) -> EffectiveMode {
    EffectiveMode { mode, reason: None }
}

#[test]
fn a_missing_store_in_a_writable_folder_can_be_written() {
    let test = TestStore::new();
    for mode in [Mode::ReadWrite, Mode::ReadOnly, Mode::Off] {
        assert_eq!(test.reopen(mode).effective_mode(), as_configured(mode));
    }
    assert!(!test.root().unwrap().exists(), "probing creates nothing");
    assert_eq!(Store::off().effective_mode(), as_configured(Mode::Off));
}

#[test]
fn an_existing_store_can_be_written() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    assert_eq!(test.effective_mode(), as_configured(Mode::ReadWrite));
}

#[test]
fn a_root_that_is_a_file_turns_the_store_off() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let effective = Store::open(&file, Mode::ReadWrite).effective_mode();
    assert_eq!(effective.mode, Mode::Off);
    assert_eq!(effective.reason, Some(format!("{} is not a folder", file.display())));

    let below = file.join("below");
    let effective = Store::open(&below, Mode::ReadWrite).effective_mode();
    assert_eq!(effective.mode, Mode::Off);
    assert_eq!(effective.reason, Some(format!("cannot read {}: Not a directory", below.display())));
}

#[cfg(unix)]
#[test]
fn a_store_without_write_permission_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    if !crate::support::permissions_apply() {
        eprintln!("skipped: permissions do not apply to root");
        return;
    }
    let test = TestStore::new();
    test.add(key(1), b"payload");
    let tmp = test.path("tmp");
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o500)).unwrap();
    let effective = test.effective_mode();
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(effective.mode, Mode::ReadOnly);
    assert_eq!(effective.reason, Some(format!("cannot write {}: Permission denied", tmp.display())));
}

#[cfg(unix)]
#[test]
fn a_missing_store_without_write_permission_is_off() {
    use std::os::unix::fs::PermissionsExt;
    if !crate::support::permissions_apply() {
        eprintln!("skipped: permissions do not apply to root");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let effective = Store::open(dir.path().join("cache"), Mode::ReadWrite).effective_mode();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(effective.mode, Mode::Off);
}
