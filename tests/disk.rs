//! Disks that are full, read-only, elsewhere or not there: it costs the entries, never the run.

mod support;

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use support::{Ran, Room};

const MODULES: usize = 30;

/// A file system that is there as long as this value.
struct Mount {
    path: PathBuf,
}

impl Mount {
    /// A file system in memory, of this many kilobytes. `None` where we may not mount.
    fn new(path: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={kilobytes}k");
        let mounted = quiet(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path));
        if !mounted {
            eprintln!("skipped: mounting a file system is not allowed here");
        }
        mounted.then(|| Self { path: path.to_owned() })
    }

    /// Waits for the gc that an earlier command may have left behind: as long as a file is
    /// open for writing, the mount is busy.
    fn make_read_only(&self) {
        let remount = || quiet(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.path));
        let done = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            remount()
        });
        assert!(done, "the mount stayed busy");
    }

    /// Writes until nothing fits any more.
    fn fill(&self) -> PathBuf {
        let filler = self.path.join("filler");
        assert!(fs::write(&filler, vec![1; 64 << 20]).is_err());
        filler
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        assert!(quiet(Command::new("umount").arg("-l").arg(&self.path)) || std::thread::panicking());
    }
}

fn quiet(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A program of many modules; returns what it prints.
fn write_tree(room: &Room) -> String {
    let mut main = "total = 0\n".to_owned();
    for module in 0..MODULES {
        room.write(format!("tree/part{module}.py"), format!("value = {module}\n\ndef f(x):\n    return x + value\n"));
        writeln!(main, "import part{module}; total += part{module}.f(1)").unwrap();
    }
    room.write("tree/main.py", main + "print(total)\n");
    format!("{}\n", (1..=MODULES).sum::<usize>())
}

fn warnings(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter(|line| line.starts_with("warning: ")).collect()
}

/// The one warning of `run` and the one of `compile`, which both do their work.
#[track_caller]
fn warned(room: &Room, output: &str) -> [String; 2] {
    let ran = room.run(&["run", "tree/main.py"]).ok();
    assert_eq!(ran.stdout, output);
    let compiled = room.run(&["compile", "-q", "tree"]).ok();
    [ran, compiled].map(|ran| {
        assert_eq!((warnings(&ran).len(), ran.stderr.lines().count()), (1, 1), "{ran:#?}");
        ran.stderr
    })
}

fn temporaries(cache: &Path) -> usize {
    fs::read_dir(cache.join("v1/tmp")).map_or(0, Iterator::count)
}

#[test]
fn a_full_disk_costs_one_warning_and_nothing_else() {
    let room = Room::new();
    let output = write_tree(&room);
    let Some(mount) = Mount::new(&room.cache_dir(), 512) else { return };
    room.tidied();
    let filler = mount.fill();
    for warning in warned(&room, &output) {
        assert!(warning.contains("No space left on device"), "{warning}");
    }
    assert_eq!((room.stored().len(), temporaries(&room.cache_dir())), (0, 0));

    // Room for some of them: what was kept is right.
    fs::File::options().write(true).open(&filler).unwrap().set_len((512 - 64) << 10).unwrap();
    warned(&room, &output);
    let kept = room.stored().len();
    assert!(kept > 0 && kept <= MODULES, "{kept}");
    assert_eq!(room.run(&["run", "-v", "tree/main.py"]).ok().compiled_modules(), MODULES + 1 - kept);
    assert_eq!(temporaries(&room.cache_dir()), 0);

    fs::remove_file(filler).unwrap();
    room.run(&["cache", "verify"]).ok();
    assert_eq!(room.run(&["run", "tree/main.py"]).ok().stderr, "");
    assert_eq!(room.run(&["run", "-v", "tree/main.py"]).ok().compiled_modules(), 0);
}

#[test]
fn a_limit_on_the_size_of_files_costs_one_warning_and_nothing_else() {
    let room = Room::new();
    let output = write_tree(&room);
    room.tidied();
    for prepare in ["", "trap '' XFSZ; "] {
        for arguments in [["run", "tree/main.py"], ["compile", "tree"]] {
            let mut command = Command::new("sh");
            support::clean(&mut command);
            command.args(["-c", &format!("{prepare}ulimit -f 0; exec \"$0\" \"$@\""), support::BINARY]).args(arguments);
            command.env("PYC_RS_CACHE_DIR", room.cache_dir()).current_dir(room.path());
            let ran = support::with_input(command, b"").ok();
            assert_eq!(ran.stdout, if arguments[0] == "run" { &output } else { "" });
            assert_eq!(warnings(&ran).len(), 1, "{ran:#?}");
            assert!(ran.stderr.contains("File too large"), "{ran:#?}");
            assert_eq!((room.stored().len(), temporaries(&room.cache_dir())), (0, 0));
        }
    }
    // The program meets the limit as an exception, as in CPython.
    let text = "import io\ntry:\n    open('big', 'wb', 0).write(b'x')\nexcept OSError as e:\n    print(e.strerror)";
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 0; exec \"$0\" \"$@\"", support::BINARY, "run", "--no-cache", "-c", text]);
    assert_eq!(
        support::with_input(
            {
                command.current_dir(room.path());
                command
            },
            b""
        )
        .ok()
        .stdout,
        "File too large\n"
    );
}

#[test]
fn a_read_only_cache_is_read() {
    let room = Room::new();
    let output = write_tree(&room);
    let Some(mount) = Mount::new(&room.cache_dir(), 4096) else { return };
    room.run(&["compile", "-q", "tree"]).ok();
    mount.make_read_only();
    let ran = room.run(&["run", "-v", "tree/main.py"]).ok();
    assert_eq!((&ran.stdout, ran.compiled_modules()), (&output, 0));
    assert_eq!(room.run(&["run", "tree/main.py"]).ok().stderr, "");
    assert_eq!(room.run(&["compile", "-q", "tree"]).ok().stderr, "");
    room.run(&["compile", "--check", "tree"]).ok();

    room.write("tree/part0.py", "def f(x):\n    return 1000\n");
    for warning in warned(&room, &format!("{}\n", (2..=MODULES).sum::<usize>() + 1000)) {
        assert!(warning.contains("Read-only file system"), "{warning}");
    }
    let info = room.info();
    assert_eq!((&info["mode"], &info["objects"]), (&"read-only".into(), &(MODULES + 1).into()));
    assert!(info["reason"].as_str().unwrap().contains("Read-only file system"), "{info}");
    assert_eq!(room.run(&["cache", "clear"]).status, Some(125));
    assert_eq!(room.stored().len(), MODULES + 1);
}

#[test]
fn a_bad_object_in_a_read_only_cache_stays_and_is_not_run() {
    let room = Room::new();
    let output = write_tree(&room);
    let Some(mount) = Mount::new(&room.cache_dir(), 4096) else { return };
    room.run(&["compile", "-q", "tree"]).ok();
    let [pack] = room.packs().try_into().unwrap();
    let bad = support::damage_packed(&pack, MODULES + 1);
    assert_eq!(bad.len(), 1);
    mount.make_read_only();
    for _ in 0..2 {
        let ran = room.run(&["run", "-v", "tree/main.py"]).ok();
        assert_eq!((&ran.stdout, ran.compiled_modules()), (&output, 1));
        assert!(warnings(&ran).len() <= 1, "{ran:#?}");
    }
    assert!(pack.exists());
}

#[test]
fn a_folder_without_permission_costs_one_warning() {
    let room = Room::new();
    let output = write_tree(&room);
    fs::create_dir(room.cache_dir()).unwrap();
    fs::set_permissions(room.cache_dir(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(room.cache_dir().join("probe"), "").is_ok() {
        eprintln!("skipped: permissions do not stop this user");
        return;
    }
    for warning in warned(&room, &output) {
        assert!(warning.contains("Permission denied"), "{warning}");
    }
    assert_eq!(room.info()["mode"], "off");
}

#[test]
fn a_file_in_place_of_the_cache_costs_one_warning() {
    let room = Room::new();
    let output = write_tree(&room);
    fs::write(room.cache_dir(), "a letter").unwrap();
    warned(&room, &output);
    let info = room.info();
    assert_eq!((&info["mode"], &info["objects"]), (&"off".into(), &0.into()));
    for command in ["verify", "gc", "clear"] {
        let ran = room.run(&["cache", command]);
        assert!(matches!(ran.status, Some(0 | 125)), "{ran:#?}");
    }
    assert_eq!(fs::read(room.cache_dir()).unwrap(), b"a letter");
}

#[test]
fn a_missing_folder_is_created_with_its_parents_for_its_owner_alone() {
    let room = Room::new();
    let output = write_tree(&room);
    let cache = room.path().join("a/b/c/cache");
    let ran = room.run(&[OsStr::new("--cache-dir"), cache.as_os_str(), "run".as_ref(), "tree/main.py".as_ref()]).ok();
    assert_eq!((ran.stdout, ran.stderr.as_str()), (output, ""));
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!room.cache_dir().exists());
}

#[test]
fn a_cache_on_another_file_system_works() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("skipped: there is no /dev/shm");
        return;
    };
    let room = Room::new();
    let output = write_tree(&room);
    let run = || {
        let mut command = room.command();
        command.args(["run", "-v", "tree/main.py"]).env("PYC_RS_CACHE_DIR", folder.path().join("cache"));
        let ran = support::with_input(command, b"").ok();
        assert_eq!((&ran.stdout, warnings(&ran).len()), (&output, 0));
        ran.compiled_modules()
    };
    assert_eq!((run(), run()), (MODULES + 1, 0));
    assert_eq!(temporaries(&folder.path().join("cache")), 0);
}

/// Runs the command with nothing but these variables in its environment.
fn with_environment(room: &Room, arguments: &[&str], variables: &[(&str, &Path)]) -> Ran {
    let mut command = room.command();
    command.args(arguments).env_clear().envs(variables.iter().copied());
    support::with_input(command, b"")
}

#[test]
fn the_customs_of_the_platform_are_kept() {
    let room = Room::new();
    let output = write_tree(&room);
    let (home, xdg) = (room.path().join("home"), room.path().join("xdg"));
    for (variables, root) in [
        (&[("HOME", home.as_path())][..], home.join(".cache/pyc-rs")),
        (&[("HOME", &home), ("XDG_CACHE_HOME", &xdg)], xdg.join("pyc-rs")),
    ] {
        let dir = with_environment(&room, &["cache", "dir"], variables).ok();
        assert_eq!(dir.stdout, format!("{}\n", root.display()));
        let ran = with_environment(&room, &["run", "tree/main.py"], variables).ok();
        assert_eq!((&ran.stdout, ran.stderr.as_str()), (&output, ""));
        assert!(root.join("v1/objects").is_dir() && root.join("CACHEDIR.TAG").is_file());
    }
}

#[test]
fn without_a_home_programs_run_and_nothing_is_kept() {
    let room = Room::new();
    let output = write_tree(&room);
    let nowhere = &[("HOME", Path::new("relative"))];
    assert_eq!(with_environment(&room, &["run", "tree/main.py"], nowhere).ok().stdout, output);
    let compiled = with_environment(&room, &["compile", "-q", "tree"], nowhere).ok();
    assert_eq!(warnings(&compiled).len(), 1, "{compiled:#?}");
    let info = with_environment(&room, &["cache", "info", "--format", "json"], nowhere).ok().json();
    assert_eq!(info["mode"], "off");
    // A home that cannot be: a file stands there.
    let odd = room.write("file", "").join("home");
    let ran = with_environment(&room, &["run", "tree/main.py"], &[("HOME", &odd)]).ok();
    assert_eq!((ran.stdout.as_str(), warnings(&ran).len()), (output.as_str(), 1));
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 2);
}
