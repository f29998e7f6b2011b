//! Many processes work in one cache while others empty it, and none of them notices.

mod support;

use std::{
    fmt::Write as _,
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use support::Room;

const WORKERS: usize = 16;
const ROUNDS: usize = 3;
/// Of a program that one process works on.
const MODULES: usize = 6;
/// Of the program that all of them work on: enough for a pack.
const SHARED_MODULES: usize = 20;

/// Writes a program of several modules below `folder`; returns what it prints.
fn write_tree(room: &Room, folder: &str, salt: usize, modules: usize) -> String {
    let mut main = String::new();
    for module in 0..modules {
        let value = salt * 1000 + module;
        room.write(format!("{folder}/part{module}.py"), format!("def value():\n    return {value}\n"));
        writeln!(main, "import part{module}\nprint(part{module}.value())").unwrap();
    }
    room.write(format!("{folder}/main.py"), main);
    (0..modules).map(|module| format!("{}\n", salt * 1000 + module)).collect()
}

/// Runs a command that must succeed and have nothing to say on standard error.
#[track_caller]
fn quietly(room: &Room, arguments: &[&str]) -> String {
    let ran = room.run(arguments).ok();
    assert_eq!(ran.stderr, "", "{arguments:?}");
    ran.stdout
}

/// Removes everything from the cache until told to stop; returns how many objects that were.
fn remove_in_a_loop(room: &Room, arguments: &[&str], done: &AtomicBool) -> u64 {
    let mut removed = 0;
    while !done.load(Ordering::Relaxed) {
        let report: serde_json::Value = serde_json::from_str(&quietly(room, arguments)).unwrap();
        removed += report["removed"].as_u64().unwrap();
    }
    removed
}

fn work(room: &Room, own: &(String, String), shared: &(String, String), runs: &AtomicU64) {
    for _ in 0..ROUNDS {
        for (folder, output) in [own, shared] {
            assert_eq!(quietly(room, &["compile", "-q", folder]), "");
            assert_eq!(&quietly(room, &["run", &format!("{folder}/main.py")]), output);
            runs.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Tells the loops to stop, also when a worker fails.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn sixteen_processes_compile_and_run_while_two_empty_the_cache() {
    let room = Room::new();
    let shared = ("shared".to_owned(), write_tree(&room, "shared", 99, SHARED_MODULES));
    let own: Vec<_> =
        (0..WORKERS).map(|id| (format!("own{id}"), write_tree(&room, &format!("own{id}"), id, MODULES))).collect();
    let (done, runs, start) = (AtomicBool::new(false), AtomicU64::new(0), Barrier::new(WORKERS + 2));
    let removed = thread::scope(|scope| {
        let removers =
            [&["cache", "gc", "--max-size", "1", "--format", "json"][..], &["cache", "clear", "--format", "json"]].map(
                |arguments| {
                    scope.spawn(|| {
                        start.wait();
                        remove_in_a_loop(&room, arguments, &done)
                    })
                },
            );
        let stop = Done(&done);
        let workers: Vec<_> = own
            .iter()
            .map(|own| {
                scope.spawn(|| {
                    start.wait();
                    work(&room, own, &shared, &runs);
                })
            })
            .collect();
        let results: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        drop(stop);
        assert!(results.iter().all(Result::is_ok), "a worker failed");
        removers.map(|remover| remover.join().unwrap())
    });
    assert_eq!(runs.into_inner(), (WORKERS * ROUNDS * 2) as u64);
    assert!(removed.iter().sum::<u64>() > 0, "nothing was ever removed");
    nothing_is_left_behind(&room);
}

fn nothing_is_left_behind(room: &Room) {
    let info = room.info();
    assert_eq!((&info["temporaries"], &info["quarantined"]), (&0.into(), &0.into()), "{info}");
    quietly(room, &["cache", "verify"]);
    // What the last rounds stored after the last removal has begun.
    quietly(room, &["cache", "clear"]);
    quietly(room, &["compile", "-q", "shared"]);
    assert_eq!(room.stored().len(), SHARED_MODULES + 1);
    assert_eq!(room.run(&["run", "-v", "shared/main.py"]).ok().compiled_modules(), 0);
}

#[test]
fn processes_that_meet_in_an_empty_cache_make_one_object_each() {
    let room = Room::new();
    let output = write_tree(&room, "shared", 7, SHARED_MODULES);
    for _ in 0..4 {
        room.tidied();
        let start = Barrier::new(WORKERS);
        thread::scope(|scope| {
            for id in 0..WORKERS {
                let (room, output, start) = (&room, &output, &start);
                scope.spawn(move || {
                    start.wait();
                    if id % 2 == 0 {
                        assert_eq!(&quietly(room, &["run", "shared/main.py"]), output);
                    } else {
                        quietly(room, &["compile", "-q", "shared"]);
                    }
                });
            }
        });
        assert_eq!(room.stored().len(), SHARED_MODULES + 1);
        nothing_is_left_behind(&room);
        std::fs::remove_dir_all(room.cache_dir()).unwrap();
    }
}
