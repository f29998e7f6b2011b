use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use pyc_rs_cache::sessions::{by_day, by_root, total};
use pyc_rs_cache::{Mode, SessionKind, Store};

use crate::support::{TestStore, key};

fn root(name: &str) -> impl FnOnce() -> PathBuf {
    let path = PathBuf::from(name);
    move || path
}

#[test]
fn sessions_are_summed_up_by_folder_and_by_day() {
    let test = TestStore::new();
    test.get(&key(1));
    test.counters().count_made(Duration::from_micros(3));
    test.add(key(1), b"payload");
    test.flush_session(SessionKind::Compile, 0, root("/a"));
    for name in ["/a", "/b"] {
        let store = test.reopen(Mode::ReadWrite);
        store.get(&key(1));
        store.flush_session(SessionKind::Run, 0, root(name));
    }
    test.flush_session(SessionKind::Compile, 7, root("/b"));
    let sessions = test.sessions();
    assert_eq!(sessions.len(), 4);
    let roots = by_root(&sessions);
    assert_eq!(roots.keys().collect::<Vec<_>>(), ["/a", "/b"]);
    let (a, b) = (&roots["/a"], &roots["/b"]);
    assert_eq!((a.runs, a.compilations, a.counts.hits, a.counts.misses), (1, 1, 1, 1));
    assert_eq!((a.counts.stored, a.saved_ns(a)), (1, Some(3000)));
    assert!(a.counts.stored_bytes > 0);
    assert_eq!((b.runs, b.compilations, b.counts.hits, b.counts.misses), (1, 1, 8, 0));
    assert_eq!((b.saved_ns(b), b.saved_ns(a)), (None, Some(8 * 3000)));
    assert_eq!(by_day(&sessions).values().map(|day| day.counts.hits).sum::<u64>(), 9);
    assert_eq!(total(&sessions).counts.hits, 9);
    // The short summary knows them too.
    let recent = test.info().unwrap().recent;
    assert_eq!((recent.runs, recent.hits, recent.misses, recent.stored), (4, 9, 1, 1));
}

#[test]
fn nothing_is_logged_twice_and_nothing_without_events() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    test.flush_session(SessionKind::Run, 0, root("/a"));
    test.flush_session(SessionKind::Run, 0, || panic!("there is nothing to log"));
    test.flush_stats();
    assert_eq!((test.sessions().len(), test.info().unwrap().recent.runs), (1, 1));
    let read_only = test.reopen(Mode::ReadOnly);
    read_only.get(&key(1));
    read_only.flush_session(SessionKind::Run, 0, root("/a"));
    Store::off().flush_session(SessionKind::Run, 1, root("/a"));
    assert_eq!(test.sessions().len(), 1);
}

#[test]
fn the_log_is_bounded_and_nonsense_does_not_count() {
    let test = TestStore::new();
    test.add(key(1), b"payload");
    test.flush_session(SessionKind::Run, 0, root("/a"));
    let log = test.path("stats/sessions");
    let record = fs::read(&log).unwrap();
    assert_eq!(record.len(), 192);
    fs::write(&log, record.repeat((256 << 10) / 192 + 1)).unwrap();
    test.flush_session(SessionKind::Compile, 1, root("/b"));
    assert_eq!(fs::metadata(&log).unwrap().len(), 192);
    assert_eq!(test.sessions().len(), (256 << 10) / 192 + 2);
    assert_eq!(test.sessions().last().unwrap().root, "/b");

    let spoiled = |at: usize, byte: u8| {
        let mut spoiled = record.clone();
        spoiled[at] = byte;
        spoiled
    };
    // Kind, reserved bytes, text behind the end of the path, a path that is not UTF-8.
    let nonsense =
        [spoiled(8, 9), spoiled(9, 1), spoiled(36, 1), spoiled(63, 1), spoiled(191, b'x'), spoiled(64, 0xff)];
    fs::remove_file(test.path("stats/sessions.old")).unwrap();
    fs::write(&log, [nonsense.concat(), record.clone(), record[..100].to_vec()].concat()).unwrap();
    assert_eq!(test.sessions().len(), 1);
    test.clear().unwrap();
    assert_eq!(test.sessions().len(), 0);
}
