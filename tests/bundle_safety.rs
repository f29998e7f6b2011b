//! Bundles that are damaged, foreign, replaced, signed or not, and the commands that look at them.

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
};

use pyc_rs_cache::BundleWriter;
use support::{
    BINARY, Ran, Room,
    bundles::{built, of_another_engine, program, rewrite},
};

#[test]
fn another_engine_is_named_and_its_code_never_run() {
    let room = built(&["--entry", "app.cli:main"]);
    let path = room.path().join("app.pycb");
    of_another_engine(&path);
    for arguments in [&["run", "app.pycb"][..], &["run", "--bundle", "app.pycb", "-c", "print('never')"]] {
        let ran = room.run(arguments).status(2);
        assert!(ran.stderr.contains("another engine 9.9") && ran.stderr.contains("hint: build it again"), "{ran:#?}");
        assert_eq!(ran.stdout, "");
    }
    let info = room.run(&["bundle", "info", "app.pycb"]).ok();
    assert!(info.stdout.contains("does not run"), "{info:#?}");
}

#[test]
fn with_sources_a_bundle_of_another_engine_is_compiled_again() {
    let room = built(&["--entry", "app.cli:main", "--with-source", "-OO"]);
    of_another_engine(&room.path().join("app.pycb"));
    let ran = room.run(&["run", "app.pycb", "x"]).ok();
    assert_eq!(ran.stdout, "arguments ['x']\nversion 1.2\n");
    let again = room.run(&["run", "-v", "app.pycb", "x"]).ok();
    assert_eq!((again.stdout.as_str(), again.compiled_modules()), ("arguments ['x']\nversion 1.2\n", 0));
}

#[test]
fn another_version_of_the_format_is_named() {
    let room = built(&[]);
    let path = room.path().join("app.pycb");
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 77;
    rewrite(&path, &bytes);
    for arguments in
        [&["run", "app.pycb"][..], &["bundle", "info", "app.pycb"], &["run", "--bundle", "app.pycb", "-c", ""]]
    {
        let ran = room.run(arguments);
        assert!(matches!(ran.status, Some(1 | 2)), "{ran:#?}");
        assert!(ran.stderr.contains("format version 77 is not supported"), "{ran:#?}");
        assert!(ran.stderr.contains("hint: build it again"), "{ran:#?}");
    }
}

#[test]
fn a_damaged_entry_is_named_and_never_run() {
    let room = built(&["--entry", "app.cli:main", "--with-data"]);
    let path = room.path().join("app.pycb");
    let good = fs::read(&path).unwrap();
    let at = |needle: &[u8]| good.windows(needle.len()).position(|window| window == needle).unwrap();
    let mut bad = good.clone();
    bad[at(b"on purpose")] ^= 1;
    rewrite(&path, &bad);
    let ran = room.run(&["run", "app.pycb"]).status(1);
    assert!(ran.stderr.contains("ImportError") && ran.stderr.contains("the code of `app.cli`"), "{ran:#?}");
    assert_eq!(ran.stdout, "");
    // The others are as good as before.
    room.run(&["run", "--bundle", "app.pycb", "-c", "import app, space.part"]).ok();
    let verified = room.run(&["bundle", "verify", "app.pycb"]).status(1);
    assert!(verified.stderr.contains("the code of `app.cli` does not match its hash"), "{verified:#?}");
    let json = room.run(&["bundle", "verify", "--format", "json", "app.pycb"]).status(1).json();
    assert_eq!((&json["bad"][0]["name"], &json["bad"][0]["kind"]), (&"app.cli".into(), &"code".into()));

    let mut bad = good.clone();
    bad[at(b"hello from")] ^= 1;
    rewrite(&path, &bad);
    let code = "import pkgutil; pkgutil.get_data('app', 'data/greeting.txt')";
    let ran = room.run(&["run", "--bundle", "app.pycb", "-c", code]).status(1);
    assert!(ran.stderr.contains("the data of `app/data/greeting.txt`"), "{ran:#?}");
}

#[test]
fn damage_anywhere_is_an_error_and_never_a_crash() {
    let room = built(&["--entry", "app.cli:main", "--executable"]);
    let path = room.path().join("app.pycb");
    let good = fs::read(&path).unwrap();
    let expected = room.run(&["run", "app.pycb"]).ok().stdout;
    for step in 1..24 {
        let at = step * good.len() / 24;
        let mut bad = good.clone();
        if step % 2 == 0 {
            bad.truncate(at);
        } else {
            bad[at] ^= 1 << (step % 8);
        }
        rewrite(&path, &bad);
        let ran = room.run(&["run", "app.pycb"]);
        // A damaged part may be one that this run has no use for.
        assert!(matches!(ran.status, Some(1 | 2)) || ran.stdout == expected, "{step}: {ran:#?}");
        assert_eq!(ran.signal, None, "{step}");
        assert!(room.run(&["bundle", "verify", "app.pycb"]).status(1).stderr.contains("app.pycb"), "{step}");
    }
}

#[test]
fn a_bundle_that_is_replaced_while_it_runs_is_not_disturbed() {
    let room = program();
    room.write(
        "src/slow.py",
        "import sys\nprint('ready', flush=True)\nsys.stdin.readline()\nimport app.cli\nprint(app.__version__)\n",
    );
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--entry", "slow"]).ok();
    let mut child =
        room.command().args(["run", "app.pycb"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    room.write("src/app/__init__.py", "__version__ = 'another'\n");
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--entry", "slow"]).ok();
    drop(child.stdin.take());
    assert_eq!(Ran::from(child.wait_with_output().unwrap()).ok().stdout, "1.2\n");
}

#[test]
fn builds_at_the_same_time_leave_one_whole_bundle() {
    let room = program();
    let children: Vec<_> =
        (0..4).map(|_| room.command().args(["compile", "-q", "src", "-o", "app.pycb"]).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    room.run(&["bundle", "verify", "app.pycb"]).ok();
    let left = fs::read_dir(room.path()).unwrap().count();
    assert_eq!(left, 2, "no temporary is left");
}

#[test]
fn the_contents_as_text_and_json() {
    let room = program();
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--with-data"]).ok();
    let list = room.run(&["bundle", "list", "app.pycb"]).ok().stdout;
    assert_eq!(list.lines().count(), 5);
    assert!(list.lines().any(|line| line == "data          18  app/data/greeting.txt"), "{list}");
    let json = room.run(&["bundle", "list", "--format", "json", "app.pycb"]).ok().json();
    assert_eq!((&json["schema"], &json["entries"][0]["name"]), (&1.into(), &"app".into()));
    assert_eq!(json["entries"][0]["package"], true);

    room.write("src/app/new.py", "");
    room.write("src/app/cli.py", "def main(): pass\n");
    fs::remove_file(room.path().join("src/space/part.py")).unwrap();
    room.run(&["compile", "-q", "src", "-o", "new.pycb", "--with-data", "--entry", "app"]).ok();
    let diff = room.run(&["bundle", "diff", "app.pycb", "new.pycb"]).status(1);
    assert_eq!(diff.stdout, "! entry point: none -> app\n~ code app.cli\n+ code app.new\n- code space.part\n");
    let json = room.run(&["bundle", "diff", "--format", "json", "app.pycb", "new.pycb"]).status(1).json();
    assert_eq!(json["changes"][0], serde_json::json!({"name": "app.cli", "kind": "code", "change": "changed"}));
    let same = room.run(&["bundle", "diff", "new.pycb", "new.pycb"]).ok();
    assert_eq!(same.stdout, "");

    for command in ["list", "info", "verify"] {
        let ran = room.run(&["bundle", command, "src/app/new.py"]).status(1);
        assert!(ran.stderr.contains("hint: bundles are made by"), "{ran:#?}");
        room.run(&["bundle", command, "no/such"]).status(1);
    }
}

#[test]
fn extracting_gives_the_sources_back() {
    let room = program();
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--with-data", "--with-source"]).ok();
    room.run(&["bundle", "extract", "--to", "out", "app.pycb"]).ok();
    for name in ["app/__init__.py", "app/cli.py", "app/data/greeting.txt", "space/part.py"] {
        let read = |folder: &str| fs::read(room.path().join(folder).join(name)).unwrap();
        assert_eq!(read("out"), read("src"), "{name}");
    }
    let again = room.run(&["bundle", "extract", "--to", "out", "app.pycb"]).status(1);
    assert!(again.stderr.contains("out is not an empty folder"), "{again:#?}");

    let mut writer = BundleWriter::new("any");
    writer.add_data("../outside", b"x".to_vec(), false);
    room.write("evil.pycb", writer.finish().unwrap());
    let ran = room.run(&["bundle", "extract", "--to", "evil", "evil.pycb"]).status(1);
    assert!(ran.stderr.contains("../outside"), "{ran:#?}");
    assert!(!room.path().join("outside").exists() && !room.path().join("evil").exists());
}

fn keys(room: &Room, name: &str) -> (String, String) {
    let (secret, public) = (format!("{name}.key"), format!("{name}.pub"));
    room.run(&["bundle", "keygen", "--secret-key", &secret, "--public-key", &public]).ok();
    (secret, public)
}

#[test]
fn signed_bundles_alone_run_where_a_signature_is_required() {
    let room = built(&["--entry", "app.cli:main"]);
    let (secret, public) = keys(&room, "our");
    let (_, other) = keys(&room, "other");
    assert_eq!(fs::metadata(room.path().join(&secret)).unwrap().permissions().mode() & 0o077, 0);
    room.run(&["bundle", "keygen", "--secret-key", &secret, "--public-key", &public]).status(125);

    let run = |key: &str| room.run(&["run", "--require-signature", key, "app.pycb", "x"]);
    let unsigned = run(&public).status(2);
    assert!(unsigned.stderr.contains("app.pycb is not signed") && unsigned.stdout.is_empty(), "{unsigned:#?}");
    room.run(&["bundle", "sign", "--secret-key", &secret, "app.pycb"]).ok();
    assert_eq!(run(&public).ok().stdout, "arguments ['x']\nversion 1.2\n");
    let text = fs::read_to_string(room.path().join(&public)).unwrap();
    run(text.lines().nth(1).unwrap()).ok();
    let refused = run(&other).status(2);
    assert!(refused.stderr.contains("app.pycb.minisig does not hold") && refused.stdout.is_empty(), "{refused:#?}");

    room.run(&["bundle", "verify", "--public-key", &public, "app.pycb"]).ok();
    let verified = room.run(&["bundle", "verify", "--public-key", &other, "--format", "json", "app.pycb"]).status(1);
    assert_eq!(verified.json()["signature"], "bad");

    // One byte that no hash of an entry covers, and that this run would not look at.
    let path = room.path().join("app.pycb");
    support::damage(&path);
    assert_eq!(run(&public).status(2).stdout, "");
}

#[test]
fn where_a_signature_is_required_nothing_else_runs() {
    let room = built(&["--entry", "app.cli:main"]);
    let (secret, public) = keys(&room, "our");
    room.write("script.py", "print('never')\n");
    room.write("loose.py", "print('never')\n");
    room.run(&["compile", "-q", "loose.py", "-o", "unsigned.pycb"]).ok();
    room.run(&["bundle", "sign", "--secret-key", &secret, "app.pycb"]).ok();
    let run = |arguments: &[&str]| room.run(&[&["run", "--require-signature", &public], arguments].concat());
    for arguments in [
        &["script.py"][..],
        &["-c", "print('never')"],
        &["-m", "loose"],
        &["--bundle", "app.pycb", "-m", "loose"],
        &["--bundle", "unsigned.pycb", "app.pycb"],
    ] {
        let ran = run(arguments).status(2);
        assert!(ran.stdout.is_empty(), "{arguments:?}: {ran:#?}");
    }
    assert_eq!(run(&["--bundle", "app.pycb", "-m", "app"]).ok().stdout, "arguments []\nversion 1.2\n");
}

#[test]
fn an_encrypted_secret_key_wants_its_password() {
    let room = built(&[]);
    room.write("pw", "open sesame\n");
    room.run(&["bundle", "keygen", "--password-file", "pw"]).ok();
    let sign =
        |more: &[&str]| room.run(&[&["bundle", "sign", "--secret-key", "pyc-rs.key"], more, &["app.pycb"]].concat());
    let ran = sign(&[]).status(1);
    assert!(ran.stderr.contains("hint: the password"), "{ran:#?}");
    assert!(!room.path().join("app.pycb.minisig").exists());
    sign(&["--password-file", "pw"]).ok();
    room.run(&["bundle", "verify", "--public-key", "pyc-rs.pub", "app.pycb"]).ok();
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let room = built(&[]);
    let script = format!("{BINARY} bundle list app.pycb | true; {BINARY} bundle info app.pycb | true");
    let mut command = room.command();
    command = {
        let mut shell = Command::new("sh");
        support::clean(&mut shell);
        shell.args(["-c", &script]).current_dir(command.get_current_dir().unwrap());
        shell
    };
    assert_eq!(Ran::from(command.output().unwrap()).ok().stderr, "");
}

/// Signatures go both ways between us and the tool whose format they have.
#[test]
fn minisign_and_we_accept_each_others_signatures_and_keys() {
    let room = built(&["--entry", "app.cli:main"]);
    let minisign = |arguments: &[&str]| {
        let command = std::process::Command::new("minisign").args(arguments).current_dir(room.path()).output();
        command.map(support::Ran::from)
    };
    if minisign(&["-v"]).is_err() {
        assert!(std::env::var_os("CI").is_none(), "there is no minisign; .ci/run installs it");
        eprintln!("skipped: there is no minisign");
        return;
    }
    let minisign = |arguments: &[&str]| minisign(arguments).unwrap();
    let (secret, public) = keys(&room, "our");
    room.run(&["bundle", "sign", "--secret-key", &secret, "app.pycb"]).ok();
    minisign(&["-Vm", "app.pycb", "-p", &public]).ok();
    room.write("other.txt", "not signed");
    minisign(&["-Vm", "other.txt", "-x", "app.pycb.minisig", "-p", &public]).status(1);

    minisign(&["-G", "-W", "-p", "their.pub", "-s", "their.key"]).ok();
    for secret in ["their.key", &secret] {
        let public = secret.replace(".key", ".pub");
        fs::remove_file(room.path().join("app.pycb.minisig")).unwrap();
        minisign(&["-S", "-W", "-m", "app.pycb", "-s", secret]).ok();
        let ran = room.run(&["run", "--require-signature", &public, "app.pycb", "x"]).ok();
        assert_eq!(ran.stdout, "arguments ['x']\nversion 1.2\n");
    }
    room.run(&["bundle", "sign", "--secret-key", "their.key", "app.pycb"]).ok();
    minisign(&["-Vm", "app.pycb", "-p", "their.pub"]).ok();
    minisign(&["-Vm", "app.pycb", "-p", &public]).status(1);
}
