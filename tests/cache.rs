//! `pyc-rs cache` and `pyc-rs inspect`, seen from outside.

mod support;

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use support::{BINARY, Ran, Room, clean, collect_files, damage, set_modified};

fn cache(room: &Room, arguments: &[&str]) -> Ran {
    room.run(&[&["cache"], arguments].concat())
}

/// Compiles these files, and returns the object of each.
fn compiled(room: &Room, names: &[&str]) -> Vec<PathBuf> {
    let object = |name: &&str| {
        let key = compile(room, &[*name])["files"][0]["key"].as_str().unwrap().to_owned();
        room.cache_dir().join("v1/objects").join(&key[..2]).join(&key[2..])
    };
    names.iter().map(object).collect()
}

fn compile(room: &Room, arguments: &[&str]) -> Value {
    room.run(&[&["compile", "--format", "json"], arguments].concat()).ok().json()
}

/// A room with three compiled files.
fn three() -> (Room, Vec<PathBuf>) {
    let room = Room::tidy();
    for (name, text) in [("a.py", "x = 'a'\n"), ("b.py", "x = 'b'\n"), ("c.py", "x = 'c'\n")] {
        room.write(name, text);
    }
    let objects = compiled(&room, &["a.py", "b.py", "c.py"]);
    assert!(objects.iter().all(|object| object.is_file()));
    (room, objects)
}

#[test]
fn the_folder_is_where_the_user_wants_it() {
    let room = Room::new();
    let dir = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = room.command();
        for name in ["PYC_RS_CACHE_DIR", "XDG_CACHE_HOME"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied()).args(["cache", "dir"]).args(arguments);
        Ran::from(command.output().unwrap())
    };
    let work = room.path();
    let below = |name: &str| format!("{}\n", work.join(name).display());
    let home = work.to_str().unwrap();
    let xdg = work.join("xdg");
    let with_xdg = [("HOME", home), ("XDG_CACHE_HOME", xdg.to_str().unwrap())];
    assert_eq!(dir(&[("HOME", home)], &[]).ok().stdout, below(".cache/pyc-rs"));
    assert_eq!(dir(&with_xdg, &[]).ok().stdout, below("xdg/pyc-rs"));
    let with_ours = [&with_xdg[..], &[("PYC_RS_CACHE_DIR", "ours")]].concat();
    assert_eq!(dir(&with_ours, &[]).ok().stdout, below("ours"));
    assert_eq!(dir(&with_ours, &["--cache-dir", "option"]).ok().stdout, below("option"));
    let json = dir(&with_ours, &["--format", "json"]).ok().json();
    assert_eq!(json, json!({"schema": 1, "dir": work.join("ours")}));

    let homeless = [("HOME", "not/absolute")];
    let none = dir(&homeless, &[]).status(1);
    assert!(none.stderr.starts_with("warning: there is no cache folder: "), "{}", none.stderr);
    assert_eq!(dir(&homeless, &["--format", "json"]).status(1).json()["dir"], Value::Null);
    // Looking creates nothing.
    assert_eq!(fs::read_dir(&work).unwrap().count(), 0);
}

#[test]
fn info_counts_what_is_there_and_what_was_looked_up() {
    let room = Room::new();
    let empty = room.info();
    assert_eq!((&empty["objects"], &empty["mode"], &empty["reason"]), (&0.into(), &"read-write".into(), &Value::Null));
    assert!(!room.cache_dir().exists());
    room.write("a.py", "print(1)\n");
    room.run(&["run", "a.py"]).ok();
    let first = room.info();
    assert_eq!((&first["objects"], &first["recent"]["stored"]), (&1.into(), &1.into()));
    assert_eq!((&first["recent"]["hits"], &first["recent"]["misses"]), (&0.into(), &1.into()));
    room.run(&["run", "a.py"]).ok();
    let second = room.info();
    assert_eq!((&second["recent"]["hits"], &second["recent"]["misses"]), (&1.into(), &1.into()));
    assert_eq!((&second["objects"], &second["recent"]["runs"]), (&1.into(), &2.into()));
    assert_eq!(second["bytes"], fs::metadata(&room.objects()[0]).unwrap().len());
    assert_eq!((&second["schema"], &second["dir"]), (&1.into(), &room.cache_dir().to_str().unwrap().into()));
    assert_eq!((&second["quarantined"], &second["temporaries"]), (&0.into(), &0.into()));

    let text = cache(&room, &["info"]).ok().stdout;
    for line in ["mode        read-write\n", "objects     1\n", "misses 1 (50.0% hits)"] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn the_size_limit() {
    let room = Room::new();
    let info = |limit: &str| {
        let mut command = room.command();
        command.args(["cache", "info", "--format", "json"]).env("PYC_RS_CACHE_SIZE", limit);
        Ran::from(command.output().unwrap())
    };
    assert_eq!(room.info()["limit_bytes"], 2u64 << 30);
    assert_eq!(info("").ok().json()["limit_bytes"], 2u64 << 30);
    assert_eq!(info("500M").ok().json()["limit_bytes"], 500u64 << 20);
    for nonsense in ["lots", "-1", "1.5G", "99999999999T"] {
        let ran = info(nonsense);
        assert_ne!(ran.status, Some(0), "{nonsense}");
        assert!(ran.stderr.starts_with(&format!("error: PYC_RS_CACHE_SIZE: `{nonsense}` is ")), "{}", ran.stderr);
    }
    let option = cache(&room, &["gc", "--max-size", "lots"]).status(2);
    assert!(option.stderr.starts_with("error: --max-size: `lots` is not a size"), "{}", option.stderr);
}

#[test]
fn what_stands_in_the_way_is_told() {
    let room = Room::new();
    fs::write(room.cache_dir(), "a file, not a folder").unwrap();
    let info = room.info();
    assert_eq!((&info["mode"], &info["objects"]), (&"off".into(), &0.into()));
    assert_eq!(info["reason"], format!("{} is not a folder", room.cache_dir().display()));
    assert!(cache(&room, &["info"]).ok().stdout.contains("mode        off ("));
    let below = room.cache_dir().join("deeper");
    let deeper = cache(&room, &["info", "--cache-dir", below.to_str().unwrap(), "--format", "json"]).ok().json();
    assert_eq!(deeper["mode"], "off");
    assert!(deeper["reason"].is_string());
    assert_eq!(fs::read_to_string(room.cache_dir()).unwrap(), "a file, not a folder");

    let mut homeless = room.command();
    homeless.args(["cache", "info", "--format", "json"]).env_clear().env("HOME", "nowhere");
    let homeless = Ran::from(homeless.output().unwrap()).ok().json();
    assert_eq!((&homeless["mode"], &homeless["dir"]), (&"off".into(), &Value::Null));
}

/// A command that sees the cache read-only. The superuser may write whatever the
/// modes say, so for him it takes a mount of its own; `None` if he may not have one.
fn with_read_only_cache(room: &Room) -> Option<impl Fn(&[&str]) -> Ran> {
    const REMOUNT: &str = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@""#;
    let (dir, work) = (room.cache_dir(), room.path());
    let command = move |program: &str, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", REMOUNT]).arg(&dir).arg(program).args(arguments);
        clean(&mut command);
        command.current_dir(&work).env("PYC_RS_CACHE_DIR", &dir);
        command.output().map(Ran::from)
    };
    let allowed = command("true", &[]).is_ok_and(|ran| ran.status == Some(0));
    allowed.then_some(move |arguments: &[&str]| command(BINARY, arguments).unwrap())
}

#[test]
fn a_read_only_cache_is_read() {
    let (room, objects) = three();
    let Some(run) = with_read_only_cache(&room) else {
        eprintln!("skipped: a read-only mount takes the rights of the superuser");
        return;
    };
    let info = run(&["cache", "info", "--format", "json"]).ok().json();
    assert_eq!((&info["mode"], &info["objects"]), (&"read-only".into(), &3.into()));
    assert!(info["reason"].as_str().unwrap().ends_with("Read-only file system"), "{info}");
    let hit = run(&["run", "-v", "a.py"]).ok();
    assert_eq!(hit.compiled_modules(), 0);
    room.write("new.py", "print('new')\n");
    for _ in 0..2 {
        let miss = run(&["run", "new.py"]).ok();
        assert_eq!(miss.stdout, "new\n");
        assert_eq!(miss.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 1, "{}", miss.stderr);
    }
    let report = run(&["compile", "--format", "json", "."]).ok().json();
    assert_eq!((&report["totals"]["fresh"], &report["totals"]["compiled"]), (&3.into(), &1.into()));
    assert_eq!(report["store"]["mode"], "read-only");
    assert_eq!(room.objects().len(), objects.len());
}

#[test]
fn verify_finds_what_is_bad_and_sets_it_aside() {
    let (room, objects) = three();
    let good = cache(&room, &["verify"]).ok();
    assert!(
        good.stdout.starts_with("checked 3 objects (") && good.stdout.ends_with("): 0 bad, 0 unreadable, 0 repaired\n")
    );
    damage(&objects[1]);
    let bad = cache(&room, &["verify", "--format", "json"]).status(1);
    let report = bad.json();
    assert_eq!((&report["checked"], &report["repaired"]), (&3.into(), &0.into()));
    assert_eq!(report["bad"][0]["path"], objects[1].to_str().unwrap());
    assert!(bad.stderr.contains("moved to quarantine") && bad.stderr.contains("hint: "), "{}", bad.stderr);
    assert!(!objects[1].exists());
    let mut quarantined = Vec::new();
    collect_files(&room.cache_dir().join("v1/quarantine"), &mut quarantined);
    assert_eq!(quarantined.len(), 1);
    assert_eq!(room.info()["quarantined"], 1);
    // What is left is good, and what is missing is made when it is needed.
    cache(&room, &["verify"]).ok();
    assert_eq!(compile(&room, &["."])["totals"]["compiled"], 1);
    assert!(objects[1].exists());
}

#[test]
fn verify_repairs_what_it_knows_the_source_of() {
    let (room, objects) = three();
    let goods: Vec<Vec<u8>> = objects[..2].iter().map(|object| damage(object)).collect();
    let report = cache(&room, &["verify", "--repair", "--format", "json"]).ok().json();
    assert_eq!((&report["repaired"], &report["bad"].as_array().unwrap().len()), (&2.into(), &2));
    for (object, good) in objects.iter().zip(&goods) {
        assert_eq!(&fs::read(object).unwrap(), good);
    }
    // Of a line of code there is no source, and of an edited file there is another.
    room.run(&["run", "-c", "pass"]).ok();
    let line = room.objects().into_iter().find(|object| !objects.contains(object)).unwrap();
    damage(&line);
    damage(&objects[0]);
    damage(&objects[2]);
    room.write("c.py", "x = 'edited'\n");
    let report = cache(&room, &["verify", "--repair", "--format", "json"]).status(1).json();
    assert_eq!((&report["repaired"], &report["bad"].as_array().unwrap().len()), (&1.into(), &3));
    assert_eq!([&objects[0], &line, &objects[2]].map(|object| object.exists()), [true, false, false]);
}

#[test]
fn verify_repairs_what_an_earlier_one_has_moved_away() {
    let (room, objects) = three();
    let good = damage(&objects[0]);
    cache(&room, &["verify"]).status(1);
    assert!(!objects[0].exists());
    // What is missing for another reason is not its business.
    fs::remove_file(&objects[1]).unwrap();
    let report = cache(&room, &["verify", "--repair", "--format", "json"]).ok().json();
    assert_eq!((&report["repaired"], &report["bad"], &report["checked"]), (&1.into(), &json!([]), &1.into()));
    assert_eq!((fs::read(&objects[0]).unwrap(), objects[1].exists()), (good, false));
    let report = cache(&room, &["verify", "--repair", "--format", "json"]).ok().json();
    assert_eq!(report["repaired"], 0);
    // What comes back does not make up for what does not.
    fs::remove_file(&objects[0]).unwrap();
    damage(&objects[2]);
    room.write("c.py", "x = 'edited'\n");
    let report = cache(&room, &["verify", "--repair", "--format", "json"]).status(1).json();
    assert_eq!((&report["repaired"], &report["bad"].as_array().unwrap().len()), (&1.into(), &1));
}

#[test]
fn a_sample_is_so_many_objects_and_finds_what_is_bad_among_them() {
    let (room, objects) = three();
    let sample = |size: &str| cache(&room, &["verify", "--sample", size, "--format", "json"]);
    for (size, checked) in [("0", 0), ("2", 2), ("3", 3), ("1000", 3)] {
        let report = sample(size).ok().json();
        assert_eq!((&report["checked"], &report["left_out"]), (&checked.into(), &(3 - checked).into()), "{size}");
    }
    let text = cache(&room, &["verify", "--sample", "1"]).ok().stdout;
    assert!(text.starts_with("checked 1 object of 3 ("), "{text}");
    objects.iter().for_each(|object| drop(damage(object)));
    let report = sample("2").status(1).json();
    assert_eq!((report["bad"].as_array().unwrap().len(), room.objects().len()), (2, 1));
    assert_eq!(sample("1000").status(1).json()["bad"].as_array().unwrap().len(), 1);
    for wrong in ["-1", "many"] {
        sample(wrong).status(2);
    }
}

#[test]
fn gc_removes_the_least_recently_used_first() {
    let (room, objects) = three();
    let hour = Duration::from_hours(1);
    let now = SystemTime::now();
    // Used in the order b, c, a.
    for (object, hours) in objects.iter().zip([5, 9, 7]) {
        set_modified(object, now - hour * hours);
    }
    let len = |object: &PathBuf| fs::metadata(object).unwrap().len();
    let all: u64 = objects.iter().map(len).sum();
    let limit = (all - 1).to_string();
    let report = cache(&room, &["gc", "--max-size", &limit, "--format", "json"]).ok().json();
    assert_eq!((&report["removed"], &report["kept"], &report["ran"]), (&1.into(), &2.into(), &true.into()));
    assert_eq!([0, 1, 2].map(|index: usize| objects[index].exists()), [true, false, true]);
    // Being used is what counts: a is the older one now, until it is run.
    set_modified(&objects[0], now - hour * 9);
    room.run(&["run", "a.py"]).ok();
    let limit = len(&objects[0]).to_string();
    cache(&room, &["gc", "--max-size", &limit]).ok();
    assert_eq!([0, 1, 2].map(|index: usize| objects[index].exists()), [true, false, false]);
    // Within the limit nothing goes.
    let mut command = room.command();
    command.args(["cache", "gc"]).env("PYC_RS_CACHE_SIZE", &limit);
    assert!(Ran::from(command.output().unwrap()).ok().stdout.starts_with("removed 0 objects (0 B), kept 1 ("));
}

#[test]
fn gc_removes_what_dead_writers_left_and_spares_the_living() {
    let (room, objects) = three();
    let temporaries = room.cache_dir().join("v1/tmp");
    let (dead, living) = (temporaries.join("put-dead"), temporaries.join("put-living"));
    fs::write(&dead, "half an object").unwrap();
    let writer = File::create(&living).unwrap();
    writer.lock().unwrap();
    assert_eq!(room.info()["temporaries"], 2);
    let report = cache(&room, &["gc", "--format", "json"]).ok().json();
    assert_eq!((&report["temporaries_removed"], &report["removed"]), (&1.into(), &0.into()));
    assert_eq!([&dead, &living].map(|path| path.exists()), [false, true]);
    drop(writer);
    // Another test's child may hold the lock for the moment between its fork and its exec.
    for _ in 0..100 {
        cache(&room, &["gc"]).ok();
        if !living.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(!living.exists() && objects.iter().all(|object| object.exists()));
}

#[test]
fn one_gc_at_a_time() {
    let (room, objects) = three();
    let lock = File::create(room.cache_dir().join("v1/gc.lock")).unwrap();
    lock.lock().unwrap();
    let waiting = cache(&room, &["gc", "--max-size", "0"]).ok();
    assert!(waiting.stdout.starts_with("nothing done: another gc is at work"), "{}", waiting.stdout);
    assert!(objects.iter().all(|object| object.exists()));
}

#[test]
fn clear_removes_everything_of_ours() {
    let (room, objects) = three();
    damage(&objects[0]);
    cache(&room, &["verify"]).status(1);
    let foreign = room.cache_dir().join("keep.txt");
    fs::write(&foreign, "not ours").unwrap();
    let report = cache(&room, &["clear", "--format", "json"]).ok().json();
    assert_eq!((&report["removed"], &report["schema"]), (&2.into(), &1.into()));
    let info = room.info();
    assert_eq!([&info["objects"], &info["bytes"], &info["quarantined"], &info["recent"]["runs"]], [&json!(0); 4]);
    assert!(foreign.exists());
    // The cache goes on to work, and knows nothing any more.
    assert_eq!(compile(&room, &["."])["files"][0]["reason"], "new");
    assert_eq!(cache(&Room::new(), &["clear"]).ok().stdout, "removed 0 objects (0 B)\n");
}

#[test]
fn the_cache_is_for_its_owner_and_not_for_backups() {
    let (room, _) = three();
    let tag = fs::read_to_string(room.cache_dir().join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"), "{tag}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for folder in ["", "v1", "v1/objects", "v1/tmp", "v1/index"] {
        assert_eq!(mode(&room.cache_dir().join(folder)), 0o700, "{folder:?}");
    }
    for object in room.objects() {
        assert_eq!((mode(&object), mode(object.parent().unwrap())), (0o444, 0o700));
    }
    let mut left = Vec::new();
    collect_files(&room.cache_dir().join("v1/tmp"), &mut left);
    assert!(left.is_empty(), "{left:?}");
}
