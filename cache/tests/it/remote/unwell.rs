//! Remotes that are dead, slow, or lie.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pyc_rs_cache::artifact::encode;
use pyc_rs_cache::remote::{Remote, RemoteError, RemoteOptions, seal};
use pyc_rs_cache::{Key, Lookup, Mode, Patience, Store};
use tempfile::TempDir;

use super::server::{Reply, serve};
use super::{Complaints, FOREVER, open, secret};
use crate::support::{key, meta, payload_of};

const SHORT: Duration = Duration::from_millis(50);

fn store(url: &str, options: RemoteOptions) -> (Store, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Store::open(dir.path(), Mode::ReadWrite).with_remote(open(url, options)), dir)
}

fn entry(key: &Key) -> Vec<u8> {
    seal(key, &encode(key, &meta(), b"payload").unwrap(), None).unwrap()
}

/// A port that nobody listens on.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_dead_remote_is_asked_once_and_complained_about_once() {
    for scheme in ["http", "redis", "webdav"] {
        let complaints = Complaints::default();
        // The client of redis goes on trying for half a minute.
        let patience = if scheme == "redis" { SHORT } else { FOREVER };
        let options = RemoteOptions { patience, ..complaints.options() };
        let (store, _dir) = store(&format!("{scheme}://{}", nobody()), options);
        for n in 0..10 {
            assert!(matches!(store.get(&key(n)), Lookup::Miss(_)));
            store.put(&key(n), &meta(), b"payload").unwrap();
        }
        assert_eq!(store.fetch_ahead([key(200)]), []);
        store.finish(Patience::Long);
        assert!(matches!(store.get(&key(3)), Lookup::Hit(_)), "nothing is lost here");
        let heard = complaints.all();
        assert_eq!((store.remote().unwrap().requests(), heard.len()), (1, 1), "{scheme}: {heard:?}");
        let reason = if scheme == "redis" { "no answer in time" } else { "connection refused" };
        assert!(heard[0].ends_with(&format!("is not used: {reason}")), "{heard:?}");
    }
}

#[test]
fn a_silent_remote_is_given_up_when_patience_ends() {
    let url = serve(|_, _| Reply::Silence);
    let complaints = Complaints::default();
    let (store, _dir) = store(&url, RemoteOptions { patience: SHORT, ..complaints.options() });
    for n in 0..10 {
        assert!(matches!(store.get(&key(n)), Lookup::Miss(_)));
    }
    assert_eq!(store.remote().unwrap().requests(), 1);
    assert_eq!(complaints.all().len(), 1);
    assert!(complaints.all()[0].ends_with("is not used: no answer in time"), "{:?}", complaints.all());
}

#[test]
fn many_questions_to_a_silent_remote_cost_one_wait() {
    let url = serve(|_, _| Reply::Silence);
    let complaints = Complaints::default();
    let (store, _dir) = store(&url, RemoteOptions { patience: SHORT, ..complaints.options() });
    let keys: Vec<Key> = (0..255).map(key).collect();
    assert_eq!(store.fetch_ahead(keys), []);
    assert_eq!(store.known_to_remote((0..255).map(key)), []);
    assert!(store.remote().unwrap().requests() < 255, "nobody goes on asking");
    assert_eq!(complaints.all().len(), 1);
}

#[test]
fn a_silent_remote_is_not_waited_for_at_the_end() {
    // It answers the first question, and takes nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let (store, _dir) = store(&url, RemoteOptions { patience: SHORT, ..RemoteOptions::default() });
    store.put(&key(1), &meta(), b"payload").unwrap();
    store.finish(Patience::Short);
    let remote = store.info().unwrap().remote;
    assert_eq!((remote.sent, remote.dropped), (0, 1));
    assert!(matches!(store.get(&key(1)), Lookup::Hit(_)));
}

#[test]
fn what_fails_now_and_then_is_tried_again() {
    let url = serve(|_, number| match number {
        0 => Reply::Status(503),
        1 => Reply::CutOff,
        _ => Reply::Bytes(entry(&key(1))),
    });
    let complaints = Complaints::default();
    let (store, _dir) = store(&url, complaints.options());
    assert_eq!(payload_of(&store.get(&key(1))), Some(&b"payload"[..]), "{:?}", complaints.all());
    assert_eq!(store.remote().unwrap().requests(), 1);
}

#[test]
fn what_always_fails_is_given_up() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let url = serve(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        Reply::Status(500)
    });
    let (store, _dir) = store(&url, Complaints::default().options());
    for n in 0..10 {
        assert!(matches!(store.get(&key(n)), Lookup::Miss(_)));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(store.remote().unwrap().counters().snapshot().errors, 1);
}

#[test]
fn what_is_absent_or_forbidden_is_not_asked_for_again() {
    for (status, requests, complaint) in [(404, 2, None), (403, 1, Some("permission denied"))] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let url = serve(move |path, _| {
            assert!(path.starts_with("/folder/v1/"), "{path}");
            counter.fetch_add(1, Ordering::SeqCst);
            Reply::Status(status)
        });
        let complaints = Complaints::default();
        let (store, _dir) = store(&format!("{url}/folder/"), complaints.options());
        assert!(matches!(store.get(&key(1)), Lookup::Miss(_)));
        assert!(matches!(store.get(&key(2)), Lookup::Miss(_)));
        assert_eq!(asked.load(Ordering::SeqCst), requests);
        assert_eq!(
            complaints.all().first().map(|text| text.contains(complaint.unwrap_or("?"))),
            complaint.map(|_| true)
        );
    }
}

#[test]
fn an_endless_answer_ends_and_is_refused() {
    let url = serve(|_, _| Reply::Endless);
    let complaints = Complaints::default();
    let (store, _dir) = store(&url, complaints.options());
    assert!(matches!(store.get(&key(1)), Lookup::Miss(_)));
    let counts = store.remote().unwrap().counters().snapshot();
    assert_eq!(counts.refused, 1, "{counts:?} {:?}", complaints.all());
}

#[test]
fn nobody_is_sent_elsewhere() {
    let elsewhere = serve(|_, _| Reply::Bytes(entry(&key(1))));
    let url = serve(move |_, _| Reply::Redirect(format!("{elsewhere}/x")));
    let (store, _dir) = store(&url, Complaints::default().options());
    assert!(matches!(store.get(&key(1)), Lookup::Miss(_)));
    let counts = store.remote().unwrap().counters().snapshot();
    assert_eq!((counts.hits, counts.errors), (0, 1));
}

#[test]
fn an_open_road_needs_a_secret() {
    for url in ["http://example.org/", "redis://10.0.0.1", "s3://bucket?endpoint=http://minio:9000"] {
        let error = Remote::open(url, RemoteOptions::default()).unwrap_err();
        assert!(matches!(error, RemoteError::NeedsSecret { .. }) && error.hint().is_some(), "{error}");
        let options = RemoteOptions { secret: secret("a"), ..RemoteOptions::default() };
        assert!(Remote::open(url, options).is_ok());
    }
    assert!(Remote::open("https://example.org/", RemoteOptions::default()).is_ok());
}

#[test]
fn a_password_is_in_no_message() {
    let complaints = Complaints::default();
    let url = format!("redis://user:hunter2@{}", nobody());
    let (store, _dir) = store(&url, RemoteOptions { patience: SHORT, ..complaints.options() });
    assert!(matches!(store.get(&key(1)), Lookup::Miss(_)));
    let said = format!("{:?} {:?} {}", complaints.all(), store, store.remote().unwrap().shown());
    assert!(said.contains("redis://127.0.0.1") && !said.contains("hunter2"), "{said}");
}

#[test]
fn it_works_on_the_threads_of_another_runtime() {
    let url = serve(|_, _| Reply::Bytes(entry(&key(1))));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(async move {
        let (store, _dir) = store(&url, Complaints::default().options());
        assert!(matches!(store.get(&key(1)), Lookup::Hit(_)));
    });
}
