//! Whole sessions: what is reported, and why.

use std::{
    fs::{self, File},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

use pyc_rs_cache::{Mode as StoreMode, Store};
use pyc_rs_compiler::{CompileError, Optimize};

use super::*;

/// A folder of sources, and a cache.
struct World {
    sources: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let world = Self { sources: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            world.write(name, text);
        }
        world
    }

    /// Writes a file that is old enough not to be racy.
    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.touch(name, Duration::from_mins(1));
    }

    fn touch(&self, name: &str, age: Duration) {
        let file = File::options().append(true).open(self.path(name)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sources.path().join(name)
    }

    fn cache(&self) -> CodeCache {
        CodeCache::new(Store::open(self.cache.path(), StoreMode::ReadWrite))
    }

    fn request(&self) -> Request {
        Request::new(vec![self.sources.path().to_owned()])
    }

    fn run(&self, request: &Request) -> Report {
        compile_tree(request, &self.cache(), &()).unwrap()
    }

    fn act(&self, action: Action) -> Vec<String> {
        self.outline(&self.run(&Request { action, ..self.request() }))
    }

    fn compile(&self) -> Vec<String> {
        self.act(Action::Compile)
    }

    /// A line for each file: its name, what was done, and why.
    fn outline(&self, report: &Report) -> Vec<String> {
        let line = |file: &FileReport| {
            let name = file.path.strip_prefix(self.sources.path()).unwrap().display();
            let reason = file.reason.map_or("", Reason::as_str);
            format!("{name}: {} ({reason})", word(&file.status))
        };
        report.files.iter().map(line).collect()
    }

    /// The change times of files cannot be set, so what was just written is racy
    /// until the clock has moved on.
    fn let_time_pass() {
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::Compiled { .. } => "compiled",
        Status::Fresh => "fresh",
        Status::Stale => "stale",
        Status::Failed(_) => "failed",
    }
}

fn failure(report: &Report) -> &Failure {
    match &report.files[0].status {
        Status::Failed(failure) => failure,
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[test]
fn a_tree_is_compiled_once() {
    let world = World::new(&[("a.py", "x = 1\n"), ("b/c.py", "y = 2\n")]);
    World::let_time_pass();
    assert_eq!(world.compile(), ["a.py: compiled (new)", "b/c.py: compiled (new)"]);
    assert_eq!(world.compile(), ["a.py: fresh (unchanged)", "b/c.py: fresh (unchanged)"]);
}

#[test]
fn the_reason_says_what_happened() {
    let world = World::new(&[("edited.py", "x = 1\n"), ("touched.py", "x = 2\n"), ("evicted.py", "x = 3\n")]);
    World::let_time_pass();
    world.compile();
    world.write("edited.py", "x = 9\n");
    world.touch("touched.py", Duration::from_secs(90));
    world.write("copy.py", "x = 2\n");
    world.write("new.py", "x = 4\n");
    let evicted = CodeCache::key(b"x = 3\n", Options::default());
    fs::remove_file(world.cache().store().object_path(&evicted).unwrap()).unwrap();
    let expected = [
        "copy.py: fresh (content is in the cache)",
        "edited.py: compiled (content changed)",
        "evicted.py: compiled (evicted from the cache)",
        "new.py: compiled (new)",
        "touched.py: fresh (content is in the cache)",
    ];
    assert_eq!(world.act(Action::DryRun), expected.map(|line| line.replace("compiled", "stale")));
    assert_eq!(world.act(Action::Check), expected.map(|line| line.replace("compiled", "stale")));
    assert_eq!(world.compile(), expected);
}

#[test]
fn other_options_are_a_reason_and_have_their_own_index() {
    let world = World::new(&[("a.py", "assert x\n")]);
    World::let_time_pass();
    let with = |optimize| {
        let options = Options { optimize, ..Options::default() };
        world.outline(&world.run(&Request { options, ..world.request() }))
    };
    assert_eq!(with(Optimize::None), ["a.py: compiled (new)"]);
    let options = Options { optimize: Optimize::Asserts, ..Options::default() };
    let check = Request { options, action: Action::Check, ..world.request() };
    assert_eq!(world.outline(&world.run(&check)), ["a.py: stale (options changed)"]);
    assert_eq!(with(Optimize::Asserts), ["a.py: compiled (options changed)"]);
    assert_eq!(with(Optimize::None), ["a.py: fresh (unchanged)"]);
    assert_eq!(with(Optimize::Asserts), ["a.py: fresh (unchanged)"]);
}

#[test]
fn a_corrupt_object_is_found_when_it_is_opened() {
    let world = World::new(&[("a.py", "x = 1\n"), ("b.py", "x = 1\n")]);
    World::let_time_pass();
    world.compile();
    let object = world.cache().store().object_path(&CodeCache::key(b"x = 1\n", Options::default())).unwrap();
    fs::remove_file(&object).unwrap();
    fs::write(&object, [0; 200]).unwrap();
    assert_eq!(world.compile(), ["a.py: fresh (unchanged)", "b.py: fresh (unchanged)"]);
    let replay = Request { replay_warnings: true, ..world.request() };
    let expected = ["a.py: compiled (corrupt in the cache)", "b.py: compiled (corrupt in the cache)"];
    assert_eq!(world.outline(&world.run(&replay)), expected);
    assert_eq!(world.outline(&world.run(&replay)), ["a.py: fresh (unchanged)", "b.py: fresh (unchanged)"]);
}

#[test]
fn a_file_that_is_younger_than_the_session_is_looked_at_again() {
    let world = World::new(&[("a.py", "x = 1\n")]);
    world.touch("a.py", Duration::ZERO);
    world.compile();
    World::let_time_pass();
    assert_eq!(world.compile(), ["a.py: fresh (content is in the cache)"]);
    assert_eq!(world.compile(), ["a.py: fresh (unchanged)"]);
}

#[test]
fn a_check_writes_no_object_and_a_dry_run_nothing() {
    let world = World::new(&[("a.py", "x = 1\n")]);
    World::let_time_pass();
    assert_eq!(world.act(Action::DryRun), ["a.py: stale (new)"]);
    assert!(fs::read_dir(world.cache.path()).unwrap().next().is_none());
    assert_eq!(world.act(Action::Check), ["a.py: stale (new)"]);
    assert_eq!(world.compile(), ["a.py: compiled (new)"]);
    assert_eq!(world.act(Action::Check), ["a.py: fresh (unchanged)"]);
}

#[test]
fn a_check_forgets_nothing_about_what_was_compiled() {
    let world = World::new(&[("a.py", "x = 1\n"), ("b.py", "x = 2\n")]);
    World::let_time_pass();
    world.compile();
    world.write("a.py", "x = (\n");
    assert_eq!(world.act(Action::Check), ["a.py: stale (content changed)", "b.py: fresh (unchanged)"]);
    assert_eq!(world.compile(), ["a.py: failed (content changed)", "b.py: fresh (unchanged)"]);
    world.write("a.py", "x = 1\n");
    assert_eq!(world.compile()[0], "a.py: fresh (content is in the cache)");
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let world = World::new(&[("bad.py", "x = (\n"), ("good.py", "x = 1\n"), ("worse.py", "y = )\nz = (\n")]);
    world.write("latin.py", b"x = '\xe9'\n");
    let report = world.run(&world.request());
    let expected =
        ["bad.py: failed (new)", "good.py: compiled (new)", "latin.py: failed (new)", "worse.py: failed (new)"];
    assert_eq!(world.outline(&report), expected);
    let Failure::Compile { error, bytes } = failure(&report) else { panic!("{:?}", failure(&report)) };
    assert!(matches!(**error, CompileError::Source(_)));
    assert_eq!(bytes, b"x = (\n");
}

#[test]
fn what_is_not_python_is_refused_when_it_is_named() {
    let world = World::new(&[("notes.txt", "#!/bin/sh\n"), ("script", "#!/usr/bin/env python3\nx = 1\n")]);
    let report = world.run(&Request::new(vec![world.path("notes.txt"), world.path("script")]));
    assert_eq!(world.outline(&report), ["notes.txt: failed ()", "script: compiled (new)"]);
    assert!(matches!(failure(&report), Failure::NotPython));
}

#[cfg(unix)]
#[test]
fn a_device_is_no_source() {
    let report = compile_tree(&Request::new(vec!["/dev/null".into()]), &CodeCache::off(), &()).unwrap();
    assert!(matches!(failure(&report), Failure::NotAFile));
}

#[test]
fn a_source_beyond_the_limit_is_not_read() {
    let world = World::new(&[("huge.py", "")]);
    File::options().write(true).open(world.path("huge.py")).unwrap().set_len(2 << 30).unwrap();
    let report = world.run(&world.request());
    let Failure::Compile { error, bytes } = failure(&report) else { panic!("{:?}", failure(&report)) };
    assert!(matches!(**error, CompileError::TooLarge { .. }) && bytes.is_empty());
}

#[test]
fn reports_do_not_depend_on_the_number_of_jobs() {
    let files: Vec<_> = (0..60).map(|n| (format!("f{n}.py"), format!("x = {}\n", n % 7))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let outline = |jobs| {
        let world = World::new(&files);
        let jobs = NonZeroUsize::new(jobs).unwrap();
        world.outline(&world.run(&Request { jobs, ..world.request() }))
    };
    assert_eq!(outline(1), outline(8));
    assert!(outline(8).iter().all(|line| line.ends_with("compiled (new)")));
}

#[test]
fn warnings_are_replayed_on_request() {
    let world = World::new(&[("a.py", "x = '\\d'\n")]);
    World::let_time_pass();
    assert_eq!(world.run(&world.request()).files[0].warnings.len(), 1);
    assert_eq!(world.run(&world.request()).files[0].warnings.len(), 0);
    let report = world.run(&Request { replay_warnings: true, ..world.request() });
    assert_eq!(report.files[0].warnings[0].line, 1);
}

#[test]
fn a_store_that_cannot_be_written_costs_nothing_but_the_entries() {
    let world = World::new(&[("a.py", "x = 1\n")]);
    let file = world.path("not-a-folder");
    fs::write(&file, "").unwrap();
    let cache = CodeCache::new(Store::open(&file, StoreMode::ReadWrite));
    for _ in 0..2 {
        let report = compile_tree(&world.request(), &cache, &()).unwrap();
        assert_eq!(world.outline(&report), ["a.py: compiled (new)"]);
    }
}

#[test]
fn the_observer_sees_every_file() {
    #[derive(Default)]
    struct Count {
        found: AtomicUsize,
        finished: AtomicUsize,
    }
    impl Observer for Count {
        fn found(&self, files: usize) {
            self.found.store(files, Ordering::Relaxed);
        }
        fn finished(&self, _file: &FileReport) {
            self.finished.fetch_add(1, Ordering::Relaxed);
        }
    }
    let world = World::new(&[("a.py", ""), ("b.py", ""), ("c.py", "(")]);
    let count = Count::default();
    compile_tree(&world.request(), &world.cache(), &count).unwrap();
    assert_eq!((count.found.into_inner(), count.finished.into_inner()), (3, 3));
}

#[test]
fn an_empty_folder_is_an_empty_report() {
    let world = World::new(&[]);
    let report = world.run(&world.request());
    assert!(report.files.is_empty() && Path::new(world.sources.path()).exists());
    assert_eq!(report.totals(), Totals::default());
}
