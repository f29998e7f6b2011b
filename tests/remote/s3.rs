//! What can go wrong with an S3 server.

use rustix::process::Signal;

use super::{
    assert_eight_work, assert_shared, checkout, run,
    servers::{Mood, Proxy, Server},
};

fn url(port: u16) -> String {
    format!("s3://bucket/some/folder?endpoint=http://127.0.0.1:{port}")
}

/// A server that has what the checkouts need, and its URL.
fn filled() -> Option<(Server, String)> {
    let server = Server::s3()?;
    let url = url(server.port);
    run(&checkout(), &url, &["compile", "app"]).ok();
    Some((server, url))
}

/// The names of the entries of a server.
fn entries(server: &Server) -> Vec<String> {
    let listed = server.http("GET /bucket?list-type=2", b"");
    let names = listed.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn eight_machines_survive_an_s3_server_that_is_killed() {
    let Some((server, url)) = filled() else { return };
    assert_eight_work(&url, "300ms", || server.signal(Signal::KILL));
}

#[test]
fn eight_machines_survive_an_s3_server_that_stops() {
    let Some(server) = Server::s3() else { return };
    let url = url(server.port);
    assert_eight_work(&url, "300ms", || server.signal(Signal::STOP));
    server.signal(Signal::CONT);
    assert_shared(&format!("s3://bucket/other/folder?endpoint=http://127.0.0.1:{}", server.port));
}

#[test]
fn eight_machines_survive_an_s3_server_that_talks_nonsense() {
    let Some((server, _)) = filled() else { return };
    let proxy = Proxy::before(server.port);
    proxy.set(Mood::Garbage);
    assert_eight_work(&url(proxy.port), "60s", || ());
}

#[test]
fn eight_machines_survive_an_s3_server_that_is_full() {
    let Some(server) = Server::s3() else { return };
    let proxy = Proxy::before(server.port);
    proxy.set(Mood::Full);
    assert_eight_work(&url(proxy.port), "60s", || ());
    assert!(entries(&server).is_empty());
}

#[test]
fn an_s3_server_that_is_slow_is_still_of_use() {
    let Some((server, _)) = filled() else { return };
    let proxy = Proxy::before(server.port);
    proxy.set(Mood::Slow);
    let url = url(proxy.port);
    let ran = run(&checkout(), &url, &["compile", "app"]).ok();
    assert!(ran.stderr.starts_with("0 compiled, 61 fresh"), "{ran:#?}");
    // Who has no patience works alone.
    assert_eight_work(&url, "20ms", || ());
}

#[test]
fn what_an_s3_server_holds_that_is_no_entry_is_refused() {
    let Some((server, url)) = filled() else { return };
    let names = entries(&server);
    assert_eq!(names.len(), 61, "{names:?}");
    for (n, name) in names.iter().enumerate() {
        let answer = server.http(&format!("PUT /bucket/{name}"), &vec![0x5a; n * 7]);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let room = checkout();
    let ran = run(&room, &url, &["compile", "app"]).ok();
    assert!(ran.stderr.contains("61 compiled, 0 fresh") && ran.stderr.contains("is refused"), "{ran:#?}");
    assert_eq!(room.info()["remote"]["refused"], 61);
    assert!(run(&checkout(), &url, &["compile", "app"]).ok().stderr.starts_with("0 compiled, 61 fresh"));
}
