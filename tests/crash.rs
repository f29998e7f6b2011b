//! Writers that are killed at any moment leave a cache in which everything is right.

mod support;

use std::{
    fmt::Write as _,
    fs,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use support::Room;

const MODULES: usize = 200;
const ROUNDS: u64 = 25;

/// A tree of modules, other ones in each round, and a program that imports them all.
fn write_tree(room: &Room, round: u64) -> String {
    let mut main = "total = 0\n".to_owned();
    for module in 0..MODULES {
        let text = format!("def value():\n    'Round {round}.'\n    return [{module}, {round}][0]\n");
        room.write(format!("tree/part{module:03}.py"), text);
        writeln!(main, "import part{module:03}; total += part{module:03}.value()").unwrap();
    }
    writeln!(main, "print({round}, total)").unwrap();
    room.write("tree/main.py", main);
    format!("{round} {}\n", MODULES * (MODULES - 1) / 2)
}

fn start(room: &Room, round: u64) -> Child {
    let mut command = room.command();
    if round.is_multiple_of(3) {
        command.args(["run", "tree/main.py"]);
    } else {
        command.args(["compile", "-q", "-j", "2", "tree"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Numbers that look random and are the same every time.
struct Delays(u64);

impl Delays {
    /// Up to `longest`.
    fn next(&mut self, longest: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        longest.mul_f64((self.0 >> 40) as f64 / (1u64 << 24) as f64)
    }
}

/// How long a writer takes that nobody kills.
fn whole_duration(room: &Room) -> Duration {
    write_tree(room, 0);
    let since = Instant::now();
    assert!(start(room, 1).wait().unwrap().success());
    since.elapsed()
}

#[test]
fn killed_writers_leave_nothing_that_is_wrong() {
    use std::os::unix::process::ExitStatusExt as _;
    let room = Room::new();
    room.tidied();
    let longest = whole_duration(&room);
    let mut delays = Delays(1);
    let mut killed = 0;
    let mut output = String::new();
    for round in 1..=ROUNDS {
        output = write_tree(&room, round);
        let before = room.stored().len();
        let mut child = start(&room, round);
        thread::sleep(delays.next(longest));
        child.kill().unwrap();
        let was_killed = child.wait().unwrap().signal() == Some(9);
        assert!(was_killed || room.stored().len() == before + MODULES + 1, "round {round}");
        killed += u64::from(was_killed);
    }
    assert!(killed > 0, "no writer was killed");
    check(&room, &output);
}

#[track_caller]
fn check(room: &Room, output: &str) {
    let verified = room.run(&["cache", "verify", "--format", "json"]).ok().json();
    assert_eq!((&verified["bad"], &verified["unreadable"]), (&serde_json::json!([]), &0.into()));
    assert!(verified["checked"].as_u64().unwrap() > MODULES as u64);

    room.run(&["cache", "gc"]).ok();
    assert_eq!(fs::read_dir(room.cache_dir().join("v1/tmp")).unwrap().count(), 0);
    assert_eq!(room.info()["quarantined"], 0);

    let compiled = room.run(&["compile", "--format", "json", "tree"]).ok().json();
    assert_eq!(compiled["totals"]["failed"], 0);
    room.run(&["compile", "--check", "-q", "tree"]).ok();
    let ran = room.run(&["run", "-v", "tree/main.py"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.compiled_modules()), (output, 0));
}

#[test]
fn a_killed_gc_loses_nothing_that_it_was_packing() {
    let room = Room::new();
    room.tidied();
    let gc = || {
        let mut command = room.command();
        command.args(["cache", "gc"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut delays = Delays(2);
    let mut wanted = std::collections::BTreeMap::new();
    for round in 1..=12 {
        let output = write_tree(&room, round);
        // A run stores one by one.
        assert_eq!(room.run(&["run", "tree/main.py"]).ok().stdout, output);
        wanted.append(&mut room.stored());
        let mut child = gc();
        thread::sleep(delays.next(Duration::from_millis(60)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(room.stored() == wanted, "round {round}");
    }
    assert!(gc().wait().unwrap().success());
    assert!(room.stored() == wanted && room.objects().is_empty() && !room.packs().is_empty());
    let verified = room.run(&["cache", "verify", "--format", "json"]).ok().json();
    assert_eq!(verified["bad"], serde_json::json!([]));
    assert_eq!(fs::read_dir(room.cache_dir().join("v1/tmp")).unwrap().count(), 0);
}

#[test]
fn the_temporaries_of_killed_writers_go_with_the_next_gc_and_no_others() {
    let room = Room::new();
    room.tidied();
    room.run(&["run", "-c", "print(1)"]).ok();
    let folder = room.cache_dir().join("v1/tmp");
    let (orphan, living) = (folder.join("put-orphan"), folder.join("put-living"));
    fs::write(&orphan, "half an obj").unwrap();
    let writer = fs::File::create(&living).unwrap();
    writer.lock().unwrap();
    assert_eq!(room.info()["temporaries"], 2);
    let report = room.run(&["cache", "gc", "--format", "json"]).ok().json();
    assert_eq!(report["temporaries_removed"], 1);
    assert!(!orphan.exists() && living.exists());
}
