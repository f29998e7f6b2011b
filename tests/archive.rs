//! `pyc-rs cache export` and `pyc-rs cache import`, seen from outside.

mod support;

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use serde_json::json;
use support::{Ran, Room, damage, with_input};

/// A room with a tree of so many modules, compiled.
fn compiled(modules: usize) -> Room {
    let room = Room::tidy();
    write_tree(&room, modules);
    room.run(&["compile", "-q", "src"]).ok();
    room
}

fn write_tree(room: &Room, modules: usize) {
    for module in 0..modules {
        room.write(format!("src/part{module:03}.py"), format!("def value():\n    'Part.'\n    return {module}\n"));
    }
}

/// The bytes of an archive of everything, or of what some paths need.
fn archive(room: &Room, paths: &[&str]) -> Vec<u8> {
    room.run(&[&["cache", "export", "out.pycar"], paths].concat()).ok();
    fs::read(room.path().join("out.pycar")).unwrap()
}

fn import(room: &Room, archive: &[u8]) -> Ran {
    room.write("in.pycar", archive);
    room.run(&["cache", "import", "--format", "json", "in.pycar"])
}

#[test]
fn a_fresh_checkout_has_nothing_to_compile_after_an_import() {
    let first = compiled(60);
    let bytes = archive(&first, &["src"]);
    let second = Room::tidy();
    write_tree(&second, 60);
    second.run(&["compile", "--check", "-q", "src"]).status(1);
    let report = import(&second, &bytes).ok().json();
    assert_eq!((&report["stored"], &report["present"], &report["schema"]), (&60.into(), &0.into(), &1.into()));
    second.run(&["compile", "--check", "src"]).ok();
    let compiled = second.run(&["compile", "--format", "json", "src"]).ok().json();
    assert_eq!((&compiled["totals"]["compiled"], &compiled["totals"]["fresh"]), (&0.into(), &60.into()));
    assert_eq!(second.stored(), first.stored());
    // Many objects, few files.
    assert!(second.objects().is_empty() && second.packs().len() == 1);
    // The same objects give the same bytes.
    assert!(archive(&second, &[]) == bytes && archive(&second, &["src"]) == bytes);
    let again = import(&second, &bytes).ok().json();
    assert_eq!((&again["stored"], &again["present"]), (&0.into(), &60.into()));
}

#[test]
fn an_export_of_paths_is_what_they_need_with_these_options() {
    let room = compiled(4);
    room.write("other/b.py", "y = 1\n");
    room.run(&["compile", "-q", "-OO", "src/part000.py", "other"]).ok();
    let export = |arguments: &[&str]| {
        let all = [&["cache", "export", "--format", "json", "a.pycar"], arguments].concat();
        let report = room.run(&all).ok().json();
        (report["objects"].as_u64().unwrap(), report["uncached_files"].as_u64().unwrap())
    };
    assert_eq!(export(&[]), (6, 0));
    assert_eq!(export(&["src"]), (4, 0));
    assert_eq!(export(&["--exclude", "part00[12].py", "src"]), (2, 0));
    assert_eq!(export(&["-OO", "src", "other"]), (2, 3));
    let text = room.run(&["cache", "export", "a.pycar", "other"]).ok();
    assert!(
        text.stderr.starts_with("warning: 1 file is not in the cache, and not in the archive\nhint: "),
        "{text:#?}"
    );
    room.run(&["cache", "export", "a.pycar", "no/such"]).status(2);
    // An export of everything is no use of anything, and a selection of nothing no export of all.
    assert!(room.run(&["cache", "export", "--no-ignore", "a.pycar"]).status(2).stderr.contains("PATH"));
}

#[test]
fn increments_add_up() {
    let room = compiled(20);
    room.run(&["cache", "export", "old.pycar"]).ok();
    room.write("src/new.py", "new = True\n");
    room.run(&["compile", "-q", "src"]).ok();
    let report = room.run(&["cache", "export", "--format", "json", "--since", "old.pycar", "new.pycar"]).ok().json();
    assert_eq!((&report["objects"], &report["in_old"]), (&1.into(), &20.into()));
    let other = Room::tidy();
    for name in ["old.pycar", "new.pycar"] {
        fs::copy(room.path().join(name), other.path().join(name)).unwrap();
    }
    let imported = other.run(&["cache", "import", "old.pycar", "new.pycar"]).ok();
    assert!(imported.stdout.starts_with("imported 21 objects ("), "{imported:#?}");
    assert_eq!(other.stored(), room.stored());
    let missing = room.run(&["cache", "export", "--since", "no.pycar", "x.pycar"]).status(125);
    assert!(missing.stderr.starts_with("error: --since no.pycar: No such file"), "{missing:#?}");
    assert!(!room.path().join("x.pycar").exists());
}

#[test]
fn archives_go_through_pipes() {
    let room = compiled(20);
    let output = room.command().args(["cache", "export", "-"]).output().unwrap();
    assert!(output.status.success() && output.stdout == archive(&room, &[]));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("exported 20 objects ("));
    let other = Room::tidy();
    let mut command = other.command();
    command.args(["cache", "import", "-"]);
    with_input(command, &output.stdout).ok();
    assert_eq!(other.stored(), room.stored());
    // What is to be exported can come from standard input too.
    let export = ["cache", "export", "some.pycar", "-"];
    let ran = room.run_with_input(&export, b"src/part003.py\nsrc/part007.py\n").ok();
    assert!(ran.stdout.starts_with("exported 2 objects ("), "{ran:#?}");
    assert_eq!(
        fs::read(room.path().join("some.pycar")).unwrap(),
        archive(&room, &["src/part003.py", "src/part007.py"])
    );
    room.run_with_input(&export, b"src/no_such.py\n").status(2);
    // A reader that has enough is no failure.
    let mut child = room.command().args(["cache", "export", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = room.command().args(["cache", "export", "-"]).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(125));
}

#[test]
fn what_is_no_archive_or_none_at_all_is_told() {
    let room = Room::tidy();
    for (bytes, reason) in [
        (&b"PK\x03\x04 not one"[..], "not an archive of a cache"),
        (b"", "not an archive of a cache"),
        (b"\x89PYCAR\r\n", "the archive is cut short in block 0"),
    ] {
        let ran = import(&room, bytes).status(1);
        assert_eq!(ran.json()["damaged"], json!([{"archive": "in.pycar", "reason": reason}]));
        assert_eq!(ran.stderr, format!("warning: in.pycar: {reason}\n"));
    }
    let missing = room.run(&["cache", "import", "no.pycar"]).status(1);
    assert!(missing.stderr.starts_with("warning: no.pycar: cannot open the archive: No such file"), "{missing:#?}");
    room.run(&["cache", "import", "--if-present", "no.pycar"]).ok();
    assert!(room.run(&["cache", "import", "."]).status(1).stderr.contains("Is a directory"));
    assert!(room.objects().is_empty() && room.packs().is_empty());
}

#[test]
fn a_damaged_object_in_the_store_is_mended_by_an_import() {
    let room = compiled(3);
    let bytes = archive(&room, &[]);
    let wanted = room.stored();
    damage(&room.objects()[1]);
    let report = import(&room, &bytes).ok().json();
    assert_eq!((&report["stored"], &report["present"]), (&1.into(), &2.into()));
    assert!(room.stored() == wanted);
    room.run(&["cache", "verify"]).ok();
}

#[test]
fn a_truncated_archive_gives_what_it_has() {
    let noise = |n: usize| {
        (0..12_000u64).map(|i| format!("x{n}_{i} = {}\n", i.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect::<String>()
    };
    let room = Room::tidy();
    for n in 0..8 {
        room.write(format!("src/big{n}.py"), noise(n));
    }
    room.run(&["compile", "-q", "src"]).ok();
    let bytes = archive(&room, &[]);
    let other = Room::tidy();
    let report = import(&other, &bytes[..bytes.len() / 2]).status(1).json();
    let stored = report["stored"].as_u64().unwrap();
    assert!(stored > 0 && stored < 8, "{report}");
    assert!(report["damaged"][0]["reason"].as_str().unwrap().starts_with("the archive is cut short in block "));
    other.run(&["cache", "verify"]).ok();
    assert_eq!(import(&other, &bytes).ok().json()["present"], stored);
}

#[test]
fn killed_imports_leave_nothing_that_is_wrong() {
    use std::os::unix::process::ExitStatusExt as _;
    let room = compiled(400);
    let bytes = archive(&room, &["src"]);
    let other = Room::tidy();
    write_tree(&other, 400);
    other.write("in.pycar", &bytes);
    let start = || {
        let mut command = other.command();
        command.args(["cache", "import", "in.pycar"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let since = Instant::now();
    assert!(start().wait().unwrap().success());
    let longest = since.elapsed();
    let mut killed = 0;
    for round in 0..20u32 {
        other.run(&["cache", "clear"]).ok();
        let mut child = start();
        thread::sleep(longest.mul_f64(f64::from(round) / 20.0));
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().signal() == Some(9));
        let verified = other.run(&["cache", "verify", "--format", "json"]).ok().json();
        assert_eq!((&verified["bad"], &verified["unreadable"]), (&json!([]), &0.into()), "round {round}");
    }
    assert!(killed > 0, "no import was killed");
    import(&other, &bytes).ok();
    other.run(&["compile", "--check", "-q", "src"]).ok();
    assert_eq!(other.stored(), room.stored());
}

#[test]
fn imports_at_the_same_time_do_no_harm() {
    let room = compiled(100);
    let bytes = archive(&room, &[]);
    let other = Room::tidy();
    other.write("in.pycar", &bytes);
    let children: Vec<_> = (0..4)
        .map(|_| other.command().args(["cache", "import", "in.pycar"]).stdout(Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(other.stored(), room.stored());
}

#[test]
fn an_export_replaces_its_file_or_leaves_it_and_is_for_everybody_to_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = compiled(2);
    room.write("out.pycar", "old");
    archive(&room, &[]);
    let path = room.path().join("out.pycar");
    let umask = Command::new("sh").args(["-c", "umask"]).output().unwrap().stdout;
    let umask = u32::from_str_radix(String::from_utf8(umask).unwrap().trim(), 8).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666 & !umask);
    let error = room.run(&["cache", "export", "no/such/folder.pycar"]).status(125);
    assert!(error.stderr.contains("cannot write no/such/folder.pycar: No such file or directory"), "{error:#?}");
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 2);
    // Without a home there is no cache, and so nothing to export or to import into.
    let homeless = |arguments: &[&str]| {
        let mut command = room.command();
        command.env_remove("PYC_RS_CACHE_DIR").env_remove("XDG_CACHE_HOME").env("HOME", "relative").args(arguments);
        Ran::from(command.output().unwrap())
    };
    assert!(homeless(&["cache", "export", "e.pycar"]).ok().stdout.starts_with("exported 0 objects"));
    assert!(homeless(&["cache", "import", "e.pycar"]).status(125).stderr.contains("no cache to import into"));
}
