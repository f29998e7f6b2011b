//! Names of files and folders that programs stumble over, and files that do not hold still.

mod support;

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use pyc_rs_runtime::{CodeCache, compiler::Options};
use support::{Ran, Room};

/// Spaces, a newline, quotes and bytes that are not UTF-8.
const ODD: &[u8] = b"sp ace\nnew 'line\" \xff\xfe";

fn odd(suffix: &str) -> OsString {
    OsStr::from_bytes(&[ODD, suffix.as_bytes()].concat()).to_owned()
}

#[test]
fn sources_of_any_name_compile() {
    let room = Room::new();
    for folder in [odd(""), "plain".into()] {
        room.write(Path::new(&folder).join(odd(".py")), "x = 1");
        room.write(Path::new(&folder).join(" .py"), "x = 2");
    }
    let report = room.run(&["compile", "--format", "json", "."]).ok().json();
    assert_eq!((&report["totals"]["compiled"], &report["totals"]["failed"]), (&4.into(), &0.into()));
    let hex = ODD.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let exact = report["files"].as_array().unwrap().iter().filter_map(|file| file["path_bytes"].as_str());
    assert_eq!(exact.filter(|path| path.contains(&hex)).count(), 3);
    assert_eq!(room.objects().len(), 2);

    room.run(&[OsStr::new("compile"), "--check".as_ref(), &odd(""), "plain".as_ref()]).ok();
    let mut list = ODD.to_vec();
    list.extend(b"/ .py\0plain/ .py\0");
    room.run_with_input(&["compile", "--check", "-"], &list).ok();
}

#[test]
fn a_faulty_source_of_any_name_is_reported_on_one_line() {
    let room = Room::new();
    room.write(odd(".py"), "x = (\n");
    room.write("good.py", "x = 1\n");
    let failed = room.run(&["compile", "--explain", "."]).status(1);
    assert_eq!(failed.stdout.lines().count(), 2, "{failed:#?}");
    assert!(failed.stderr.contains("1 compiled, 0 fresh, 1 failed"), "{failed:#?}");
}

#[test]
fn a_cache_folder_of_any_name_works() {
    let room = Room::new();
    room.write("main.py", "import side; print(side.x)");
    room.write("side.py", "x = 'fine'");
    let cache = room.path().join(odd(" cache"));
    let by_variable = |arguments: &[&str]| {
        let mut command = room.command();
        command.env("PYC_RS_CACHE_DIR", &cache).args(arguments);
        support::with_input(command, b"").ok()
    };
    let by_option = |arguments: &[&str]| {
        let mut command = room.command();
        command.arg("--cache-dir").arg(&cache).args(arguments);
        support::with_input(command, b"")
    };
    for compiled in [2, 0] {
        let ran = by_variable(&["run", "-v", "main.py"]);
        assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), ("fine\n", compiled));
    }
    assert_eq!(by_option(&["compile", "-q", "."]).ok().stderr, "");
    for command in ["dir", "info", "verify", "gc"] {
        assert_eq!(by_option(&["cache", command, "--format", "json"]).ok().stderr, "");
    }
    assert_eq!(by_option(&["cache", "info", "--format", "json"]).ok().json()["objects"], 2);
    assert!(!room.cache_dir().exists());
    // The interpreter takes no such arguments, not even those of others.
    let refused = by_option(&["run", "main.py"]).status(125);
    assert!(refused.stderr.starts_with("error: the argument ") && refused.stderr.contains("not UTF-8"), "{refused:#?}");
}

#[test]
fn programs_run_in_folders_of_any_name() {
    let room = Room::new();
    for name in [OsStr::new("sp ace\nnew 'line\""), &odd("")] {
        let folder = Path::new(name);
        room.write(folder.join("main.py"), "import side; print(side.x)");
        room.write(folder.join("side.py"), "x = 'fine'");
        for _ in 0..2 {
            let mut command = room.command();
            command.args(["run", "main.py"]).current_dir(room.path().join(folder));
            let ran = support::with_input(command, b"").ok();
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("fine\n", ""), "{name:?}");
        }
    }
    let utf8 = room.run(&["run", "sp ace\nnew 'line\"/main.py"]).ok();
    assert_eq!(utf8.stdout, "fine\n");
    let path = Path::new(&odd("")).join("main.py");
    let refused = room.run(&[OsStr::new("run"), path.as_os_str()]).status(2);
    assert!(refused.stderr.starts_with("error: ") && refused.stderr.contains("not UTF-8"), "{refused:#?}");
}

#[test]
fn loops_of_links_end() {
    let room = Room::new();
    room.write("tree/main.py", "print('fine')");
    let tree = room.path().join("tree");
    symlink(".", tree.join("self")).unwrap();
    symlink("../tree", tree.join("parent")).unwrap();
    symlink("b", tree.join("a")).unwrap();
    symlink("a", tree.join("b")).unwrap();
    symlink("main.py", tree.join("link.py")).unwrap();
    let report = room.run(&["compile", "--format", "json", "tree"]).ok().json();
    assert_eq!((&report["totals"]["files"], &report["totals"]["failed"]), (&2.into(), &0.into()));
    // Through the loop, it is the same program.
    assert_eq!(room.run(&["run", "-v", "tree/self/self/parent/main.py"]).ok().compiled_modules(), 0);
    assert_eq!(room.objects().len(), 1);

    symlink("loop.py", tree.join("loop.py")).unwrap();
    symlink("nowhere.py", tree.join("dangling.py")).unwrap();
    // Links to nothing are no files of a folder; named, they are not found.
    room.run(&["compile", "--check", "-q", "tree"]).ok();
    room.run(&["compile", "tree/loop.py"]).status(2);
    room.run(&["compile", "tree/dangling.py"]).status(2);
    room.run(&["run", "tree/loop.py"]).status(2);
}

#[test]
fn a_cache_behind_links_works_and_a_loop_of_links_costs_a_warning() {
    let room = Room::new();
    room.write("main.py", "print('fine')");
    fs::create_dir(room.path().join("real")).unwrap();
    symlink("work/real", room.cache_dir()).unwrap();
    for compiled in [1, 0] {
        assert_eq!(room.run(&["run", "-v", "main.py"]).ok().compiled_modules(), compiled);
    }
    fs::remove_file(room.cache_dir()).unwrap();
    symlink("cache", room.cache_dir()).unwrap();
    let ran = room.run(&["run", "main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("fine\n", 1), "{ran:#?}");
    assert!(ran.stderr.starts_with("warning: "), "{ran:#?}");
}

/// Sources of one length, so that only their times tell them apart.
fn version(number: usize) -> String {
    let mut text = format!("value = {number:09}\n").replace("= 0", "= 1");
    text.push_str(&"# filler\n".repeat(2000));
    text.push_str(&format!("print(value, {number:09}").replace(", 0", ", 1"));
    text + ")\n"
}

#[test]
fn a_file_that_changes_while_it_is_compiled_is_right_in_the_end() {
    let room = Room::new();
    let path = room.write("tree/main.py", version(0));
    let done = AtomicBool::new(false);
    let writes = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut writes = 0;
            while !done.load(Ordering::Relaxed) {
                writes += 1;
                fs::write(&path, version(writes)).unwrap();
            }
            writes
        });
        let statuses: Vec<Ran> = (0..30).map(|_| room.run(&["compile", "--format", "json", "tree"])).collect();
        done.store(true, Ordering::Relaxed);
        for ran in statuses {
            // Half a file may be none that compiles.
            assert!(matches!(ran.status, Some(0 | 1)) && ran.stderr.is_empty(), "{ran:#?}");
            assert_eq!(ran.json()["totals"]["files"], 1);
        }
        writer.join().unwrap()
    });
    assert!(writes > 30, "{writes} writes");
    let source = version(writes);
    assert_eq!(fs::read_to_string(&path).unwrap(), source);

    let report = room.run(&["compile", "--format", "json", "tree"]).ok().json();
    let key = CodeCache::key(source.as_bytes(), Options::default()).to_string();
    assert_eq!(report["files"][0]["key"], key);
    let ran = room.run(&["run", "-v", "tree/main.py"]).ok();
    let value = 100_000_000 + writes;
    assert_eq!((ran.stdout.clone(), ran.compiled_modules()), (format!("{value} {value}\n"), 0));
    room.run(&["cache", "verify"]).ok();
}

#[test]
fn a_change_right_after_compiling_is_noticed() {
    let room = Room::new();
    for number in 0..30 {
        let source = version(number);
        room.write("tree/main.py", &source);
        let report = room.run(&["compile", "--format", "json", "tree"]).ok().json();
        let key = CodeCache::key(source.as_bytes(), Options::default()).to_string();
        assert_eq!(report["files"][0]["key"], key, "version {number}");
    }
    assert_eq!(room.objects().len(), 30);
}
