//! Remote caches, as several machines see them: each has a checkout and a cache of its own, and
//! the server in common.

#[path = "../support/mod.rs"]
mod support;

mod s3;
mod servers;
mod tls;

use std::{fmt::Write as _, fs, process::Command};

use pyc_rs_cache::{
    Key, Lookup, Mode, Store,
    artifact::encode,
    remote::{Secret, seal},
};
use rustix::process::Signal;
use servers::{Mood, Proxy, Server};
use support::{Ran, Room, with_input};

const MODULES: usize = 60;

/// What the program prints.
const OUTPUT: &str = "1770\n";

/// A checkout with a program of many modules.
fn checkout() -> Room {
    let room = Room::tidy();
    let mut main = String::new();
    for n in 0..MODULES {
        room.write(format!("app/part{n}.py"), format!("'''Part {n}.'''\n\ndef value():\n    return {n}\n"));
        writeln!(main, "import part{n}").unwrap();
    }
    let values: Vec<String> = (0..MODULES).map(|n| format!("part{n}.value()")).collect();
    writeln!(main, "print(sum([{}]))", values.join(", ")).unwrap();
    room.write("app/main.py", main);
    room
}

fn command(room: &Room, url: &str, arguments: &[&str]) -> Command {
    let mut command = room.command();
    // What a slow machine takes is no reason to give a server up.
    command.args(arguments).env("PYC_RS_CONFIG", "off").env("PYC_RS_REMOTE", url).env("PYC_RS_REMOTE_TIMEOUT", "60s");
    command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

fn run(room: &Room, url: &str, arguments: &[&str]) -> Ran {
    with_input(command(room, url, arguments), b"")
}

/// What one machine compiled, another one does not.
fn assert_shared(url: &str) {
    let first = checkout();
    let ran = run(&first, url, &["compile", "app"]).ok();
    assert!(ran.stderr.starts_with("61 compiled, 0 fresh") && ran.stderr.lines().count() == 1, "{ran:#?}");
    assert_eq!(first.info()["remote"]["sent"], 61);

    let second = checkout();
    assert!(run(&second, url, &["compile", "--dry-run", "app"]).ok().stderr.starts_with("0 to compile, 61 fresh"));
    assert!(second.stored().is_empty());
    let ran = run(&second, url, &["compile", "app"]).ok();
    assert!(ran.stderr.starts_with("0 compiled, 61 fresh"), "{ran:#?}");
    assert_eq!(second.info()["remote"]["hits"], 61);
    assert_eq!(first.stored(), second.stored());

    let third = checkout();
    let ran = run(&third, url, &["run", "-v", "app/main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), (OUTPUT, 0), "{ran:#?}");
    // What it found there is here now.
    let ran = run(&third, "off", &["run", "-v", "app/main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), (OUTPUT, 0));
}

#[test]
fn a_folder_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    assert_shared(&format!("file://{}", folder.path().display()));
}

#[test]
fn a_redis_server_is_shared() {
    let Some(server) = Server::redis(&[]) else { return };
    assert_shared(&format!("redis://127.0.0.1:{}/1?prefix=team", server.port));
}

#[test]
fn an_s3_bucket_is_shared() {
    let Some(server) = Server::s3() else { return };
    assert_shared(&format!("s3://bucket/some/folder?endpoint=http://127.0.0.1:{}", server.port));
}

#[test]
fn a_webdav_server_is_shared() {
    let Some(server) = Server::webdav() else { return };
    assert_shared(&format!("webdav://127.0.0.1:{}/team/folder", server.port));
    // What one has written, others may read over HTTP alone.
    let url = format!("http://127.0.0.1:{}/team/folder", server.port);
    let room = checkout();
    assert!(run(&room, &url, &["compile", "app"]).ok().stderr.starts_with("0 compiled, 61 fresh"));
    assert!(run(&room, &url, &["cache", "push"]).status(2).stderr.contains("that can be written to"));
}

#[test]
fn what_runs_compile_is_sent_before_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let ran = run(&checkout(), &url, &["run", "-v", "app/main.py"]).ok();
    assert_eq!(ran.compiled_modules(), MODULES + 1);
    let ran = run(&checkout(), &url, &["run", "-v", "app/main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), (OUTPUT, 0), "{ran:#?}");
}

#[test]
fn a_cache_is_pushed_to_a_remote() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let room = checkout();
    run(&room, "off", &["compile", "app"]).ok();
    let ran = run(&room, &url, &["cache", "push", "--format", "json"]).ok();
    assert_eq!((ran.json()["sent"].as_u64(), ran.json()["missing"].as_u64()), (Some(61), Some(0)));
    assert!(run(&checkout(), &url, &["compile", "app"]).ok().stderr.starts_with("0 compiled, 61 fresh"));
    let ran = run(&room, "off", &["cache", "push"]).status(2);
    assert!(ran.stderr.contains("there is no remote cache"), "{ran:#?}");
}

#[test]
fn what_killed_writers_left_in_a_folder_is_removed_by_later_ones() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let room = checkout();
    run(&room, "off", &["compile", "app"]).ok();
    let temporaries = folder.path().join("tmp");
    let left = || fs::read_dir(&temporaries).map_or(0, Iterator::count);
    // Killed while it sends: sometimes in the middle of a file. What that leaves is made by hand, too.
    for round in 0..20 {
        let mut child = command(&room, &url, &["cache", "push"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 3));
        let _ = child.kill();
        child.wait().unwrap();
        let _ = fs::remove_dir_all(folder.path().join("v1"));
    }
    fs::create_dir_all(&temporaries).unwrap();
    fs::write(temporaries.join(".tmpKilled"), b"half of an entry").unwrap();
    let young = left();
    run(&room, &url, &["cache", "push"]).ok();
    assert_eq!(left(), young, "their writers may be alive");
    let hours_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    for item in fs::read_dir(&temporaries).unwrap() {
        fs::File::open(item.unwrap().path()).unwrap().set_modified(hours_ago).unwrap();
    }
    fs::remove_dir_all(folder.path().join("v1")).unwrap();
    run(&room, &url, &["cache", "push"]).ok();
    assert_eq!(left(), 0);
    assert!(run(&checkout(), &url, &["compile", "app"]).ok().stderr.starts_with("0 compiled, 61 fresh"));
}

/// Eight machines compile and run at the same time while something happens to the server. All
/// of them must do their work, and have it afterwards without the server.
fn assert_eight_work(url: &str, timeout: &str, happens: impl FnOnce()) {
    let rooms: Vec<Room> = (0..8).map(|_| checkout()).collect();
    std::thread::scope(|scope| {
        let work = |room: &Room| {
            for arguments in [&["compile", "app"][..], &["run", "app/main.py"], &["run", "-c", "print(1770)"]] {
                let mut command = command(room, url, arguments);
                command.env("PYC_RS_REMOTE_TIMEOUT", timeout);
                let ran = with_input(command, b"").ok();
                assert!(arguments[0] == "compile" || ran.stdout == OUTPUT, "{ran:#?}");
                let warnings = ran.stderr.lines().filter(|line| line.starts_with("warning: ")).count();
                assert!(warnings <= 1, "{ran:#?}");
            }
        };
        let workers: Vec<_> = rooms.iter().map(|room| scope.spawn(move || work(room))).collect();
        happens();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
    for room in &rooms {
        assert!(run(room, "off", &["cache", "verify"]).ok().stdout.contains(" 0 bad"));
        let ran = run(room, "off", &["run", "-v", "app/main.py"]).ok();
        assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), (OUTPUT, 0), "nothing is lost: {ran:#?}");
    }
}

#[test]
fn eight_machines_survive_a_server_that_is_killed() {
    let Some(server) = Server::redis(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    assert_eight_work(&url, "300ms", || server.signal(Signal::KILL));
}

#[test]
fn eight_machines_survive_a_server_that_stops() {
    let Some(server) = Server::redis(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    assert_eight_work(&url, "300ms", || server.signal(Signal::STOP));
    server.signal(Signal::CONT);
    assert_shared(&format!("{url}/2"));
}

#[test]
fn eight_machines_survive_a_network_that_ends_in_the_middle() {
    let Some(server) = Server::redis(&[]) else { return };
    let proxy = Proxy::before(server.port);
    let url = format!("redis://127.0.0.1:{}", proxy.port);
    run(&checkout(), &url, &["compile", "app"]).ok();
    assert_eight_work(&url, "300ms", || proxy.set(Mood::Still));
}

#[test]
fn eight_machines_survive_a_server_that_is_full() {
    // Less than the server itself needs: it refuses every write.
    let Some(server) = Server::redis(&["--maxmemory", "100kb", "--maxmemory-policy", "noeviction"]) else { return };
    assert_eight_work(&format!("redis://127.0.0.1:{}", server.port), "60s", || ());
}

#[test]
fn eight_machines_refuse_garbage() {
    let Some(server) = Server::redis(&[]) else { return };
    let url = format!("redis://127.0.0.1:{}", server.port);
    run(&checkout(), &url, &["compile", "app"]).ok();
    let keys = String::from_utf8(server.redis_command(&[b"KEYS", b"*"])).unwrap();
    let keys: Vec<&str> = keys.lines().filter(|line| line.contains("/v1/") || line.starts_with("v1/")).collect();
    assert_eq!(keys.len(), 61, "{keys:?}");
    for (n, key) in keys.iter().enumerate() {
        server.redis_command(&[b"SET", key.as_bytes(), &vec![0x5a; n * 7]]);
    }
    let room = checkout();
    let ran = run(&room, &url, &["compile", "app"]).ok();
    assert!(ran.stderr.contains("61 compiled, 0 fresh") && ran.stderr.contains("is refused"), "{ran:#?}");
    assert_eq!(room.info()["remote"]["refused"], 61);
    // Who compiled it has put it right.
    assert!(run(&checkout(), &url, &["compile", "app"]).ok().stderr.starts_with("0 compiled, 61 fresh"));
    for key in keys {
        server.redis_command(&[b"SET", key.as_bytes(), b"garbage"]);
    }
    assert_eight_work(&url, "60s", || ());
}

/// The entry of a key in a folder.
fn entry(folder: &std::path::Path, key: &str) -> std::path::PathBuf {
    folder.join("v1").join(&key[..2]).join(&key[2..])
}

#[test]
fn who_does_not_know_the_secret_gets_no_code_in() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let with_secret = |room: &Room, secret: &str| {
        let mut command = command(room, &url, &["run", "good.py"]);
        command.env("PYC_RS_REMOTE_SECRET", secret);
        with_input(command, b"").ok()
    };
    let machine = |program: &str| {
        let room = Room::tidy();
        room.write("good.py", program);
        room
    };
    let (good, evil) = ("print('good')\n", "print('evil')\n");
    let secret = "correct horse battery";
    let first = machine(good);
    assert_eq!(with_secret(&first, secret).stdout, "good\n");
    let key: Key = first.stored().keys().next().unwrap().parse().unwrap();

    // What somebody who can write to the folder would put there: other code under that key.
    let attacker = machine(evil);
    run(&attacker, "off", &["run", "good.py"]).ok();
    let other: Key = attacker.stored().keys().next().unwrap().parse().unwrap();
    let Lookup::Hit(artifact) = Store::open(attacker.cache_dir(), Mode::ReadOnly).get(&other) else { panic!() };
    let forged = encode(&key, &artifact.meta().unwrap(), artifact.payload()).unwrap();
    let guessed = Secret::new(b"a guess of the secret").unwrap();
    for entry_of in [seal(&key, &forged, None), seal(&key, &forged, Some(&guessed))] {
        let path = entry(folder.path(), &key.to_string());
        fs::remove_file(&path).unwrap();
        fs::write(&path, entry_of.unwrap()).unwrap();
        // Without a secret, whoever can write there is believed: docs/security.md.
        assert_eq!(run(&machine(good), &url, &["run", "good.py"]).ok().stdout, "evil\n");
        let reader = machine(good);
        let ran = with_secret(&reader, secret);
        assert_eq!(ran.stdout, "good\n", "{ran:#?}");
        assert!(ran.stderr.contains("is refused"), "{ran:#?}");
        assert_eq!(reader.info()["remote"]["refused"], 1);
    }
    // The reader put it right.
    assert_eq!(with_secret(&machine(good), secret).stderr, "");
}

#[test]
fn what_is_asked_for_must_make_sense_and_no_secret_is_shown() {
    let room = checkout();
    let refused = |url: &str| run(&room, url, &["compile", "app"]).status(2).stderr;
    assert!(refused("http://example.org/cache").contains("hint: share a secret"));
    assert!(refused("s3://b?acess=hunter2").contains("unknown parameter acess"));
    assert!(refused("redis://:hunter2@example.org").contains("without encryption"));
    for url in ["redis://:hunter2@example.org", "ftp://me:hunter2@h/", "s3://b?x=hunter2", "hunter2"] {
        assert!(!refused(url).contains("hunter2"), "{url}");
    }
    let mut short = command(&room, "file:///tmp", &["run", "app/main.py"]);
    short.env("PYC_RS_REMOTE_SECRET", "hunter2");
    let ran = with_input(short, b"").status(2);
    assert!(ran.stderr.contains("PYC_RS_REMOTE_SECRET: a secret has at least 16 bytes"), "{ran:#?}");
    let ran = run(&room, "file:///tmp", &["run", "--remote-secret-file", "/no/such", "app/main.py"]).status(2);
    assert!(ran.stderr.contains("/no/such"), "{ran:#?}");
}

#[test]
fn forked_processes_sandboxes_and_images_get_along_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let room = checkout();
    room.write("app/forks.py", "import os, part1\nchild = os.fork()\nimport part2\nif not child:\n    import part3\n    os._exit(part3.value())\nprint(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n");
    assert_eq!(run(&room, &url, &["run", "app/forks.py"]).ok().stdout, "3\n");
    let sandboxed = ["run", "--sandbox=best-effort", "-c", "print(6 * 7)"];
    for _ in 0..2 {
        assert_eq!(run(&checkout(), &url, &sandboxed).ok().stdout, "42\n");
    }
    run(&room, &url, &["image", "build"]).ok();
    let mut command = command(&room, &url, &["run", "-v", "app/main.py"]);
    command.env("PYC_RS_IMAGE", "on");
    let ran = with_input(command, b"").ok();
    assert!(ran.stdout == OUTPUT && ran.stderr.contains("started from an image"), "{ran:#?}");
}
