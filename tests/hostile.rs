//! Snippets that mean harm, each with what must come of it, and how the world looks
//! afterwards.
//!
//! `PYC_RS_HOSTILE_RUNS=10000` runs the mixed corpus that often; by default it is
//! run once, and a few hundred times more without those that wait for a limit.

mod support;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use pyc_rs_runtime::{
    Failure, Outcome, Snippet,
    sandbox::{Inputs, Limits, Modules, Policy, Runner, RunnerBuilder},
};
use support::{BINARY, Ran, Room, repository};

/// What a snippet must not leave anywhere.
const CANARY: &str = "/tmp/pyc-rs-hostile-canary";

/// The tests count what this process holds open, so they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// One file of the corpus.
struct Case {
    name: String,
    snippet: Snippet,
    /// `ok`, or types of failures, any of which will do.
    expect: Vec<String>,
    /// What must be equal: `value`, `stdout`, `exception`, `code`.
    details: BTreeMap<String, String>,
    /// How to run it: `stdlib`, `threads`, `scratch`, `cpu`, `wall`.
    how: Vec<String>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut details: BTreeMap<String, String> = String::from_utf8_lossy(&text)
            .lines()
            .map_while(|line| line.strip_prefix("# ")?.split_once(": "))
            .map(|(field, value)| (field.to_owned(), value.to_owned()))
            .collect();
        let mut words = |field| {
            let words = details.remove(field).unwrap_or_default();
            words.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        let (expect, how) = (words("expect"), words("run"));
        assert!(!expect.is_empty(), "{name} expects nothing");
        Self { snippet: Snippet::new(format!("{name}.py"), text), name, expect, details, how }
    }

    fn waits(&self) -> bool {
        self.how.iter().any(|word| word == "cpu" || word == "wall")
    }

    fn problem(&self, outcome: &Outcome) -> Option<String> {
        let kind = match &outcome.error {
            None => "ok".to_owned(),
            Some(failure) => serde_json::to_value(failure).unwrap()["type"].as_str().unwrap().to_owned(),
        };
        let mut wrong = Vec::new();
        if !self.expect.contains(&kind) {
            wrong.push(format!("{kind} and not {:?}", self.expect));
        }
        for (field, wanted) in &self.details {
            let found = match (field.as_str(), &outcome.error) {
                ("value", None) => outcome.return_value.clone(),
                ("stdout", _) => Some(outcome.stdout.trim_end().to_owned()),
                ("exception", Some(Failure::RuntimeError { exception, .. })) => Some(exception.clone()),
                ("code", Some(Failure::Exit { code })) => Some(code.to_string()),
                _ => continue,
            };
            if found.as_ref() != Some(wanted) {
                wrong.push(format!("{field} is {found:?}"));
            }
        }
        (!wrong.is_empty()).then(|| format!("{}: {} ({outcome:?})", self.name, wrong.join(", ")))
    }
}

fn corpus() -> Vec<Case> {
    let mut files: Vec<_> =
        std::fs::read_dir(repository().join("tests/hostile")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| Case::read(path)).collect()
}

/// One runner for each way to run a snippet.
struct Runners(BTreeMap<Vec<String>, Runner>);

impl Runners {
    fn for_all(cases: &[Case], start: impl Fn(&[String]) -> Runner) -> Self {
        let mut runners = BTreeMap::new();
        for case in cases {
            runners.entry(case.how.clone()).or_insert_with(|| start(&case.how));
        }
        Self(runners)
    }

    fn run(&self, case: &Case) -> Outcome {
        self.0[&case.how].run(&case.snippet).unwrap_or_else(|error| panic!("{}: {error}", case.name))
    }
}

fn runner(how: &[String]) -> Runner {
    builder(how).build().unwrap()
}

fn builder(how: &[String]) -> RunnerBuilder {
    let is = |word: &str| how.iter().any(|own| own == word);
    // Where a limit is not what is tried, it is one that a busy machine does not reach.
    let limits = Limits {
        wall: if is("wall") { Duration::from_millis(300) } else { Duration::from_mins(1) },
        cpu: if is("cpu") { Duration::from_millis(200) } else { Duration::from_mins(1) },
        memory: 64 << 20,
        output: 64 << 10,
        ..Limits::default()
    };
    let policy = Policy {
        modules: if is("stdlib") { Modules::All } else { Modules::Default },
        threads: is("threads"),
        scratch: is("scratch"),
        ..Policy::default()
    };
    Runner::builder().limits(limits).policy(policy).worker(Command::new(BINARY)).workers(2)
}

/// Runs cases on two threads and returns what went wrong.
fn run_all(runners: &Runners, cases: &[&Case]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut problems = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            problems.extend(case.problem(&runners.run(case)));
        }
        problems
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn children() -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default())
        .map(|children| children.split_whitespace().count())
        .sum()
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn every_hostile_snippet_has_its_outcome_and_leaves_nothing() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = std::fs::remove_file(CANARY);
    let cases = corpus();
    assert!(cases.len() >= 80, "{}", cases.len());
    let before = open_descriptors();
    let runners = Runners::for_all(&cases, runner);
    let all: Vec<&Case> = cases.iter().collect();
    let mut problems = run_all(&runners, &all);

    // Again and again, in a mix: what one run leaves behind would be seen by others.
    let wanted = std::env::var("PYC_RS_HOSTILE_RUNS").ok().and_then(|count| count.parse::<usize>().ok());
    let quick: Vec<&Case> = cases.iter().filter(|case| wanted.is_some() || !case.waits()).collect();
    let more: Vec<&Case> = quick.iter().copied().cycle().take(wanted.unwrap_or(400)).collect();
    let memory = resident_bytes();
    problems.extend(run_all(&runners, &more));
    let grown = resident_bytes().saturating_sub(memory);
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), all.len() + more.len(), problems.join("\n"));
    assert!(grown < 64 << 20, "this process has grown by {grown} bytes");

    for runner in runners.0.values() {
        let outcome = runner.run(&Snippet::new("after.py", "sum(range(10))")).unwrap();
        assert_eq!(outcome.return_value.as_deref(), Some("45"), "{outcome:?}");
    }
    drop(runners);
    assert!(!Path::new(CANARY).exists(), "a file was written outside");
    assert_eq!(children(), 0, "processes were left behind");
    assert_eq!(open_descriptors(), before, "descriptors were left open");
}

/// Whether this build starts from images.
const IMAGES: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

#[test]
fn they_fare_no_better_in_what_has_started_from_an_image() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if !IMAGES {
        return;
    }
    let _ = std::fs::remove_file(CANARY);
    let room = Room::tidy();
    room.run(&["image", "build", "-o", "sandbox.pyci"]).ok();
    let image = room.path().join("sandbox.pyci");
    let cases = corpus();
    let runners = Runners::for_all(&cases, |how| builder(how).image(&image).build().unwrap());
    let problems = run_all(&runners, &cases.iter().collect::<Vec<_>>());
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
    drop(runners);
    // Those of a process of their own, one by one.
    let none = Inputs::new();
    let problems: Vec<String> = cases
        .iter()
        .filter(|case| !case.waits())
        .filter_map(|case| case.problem(&builder(&case.how).image(&image).run_once(&case.snippet, &none).unwrap()))
        .collect();
    assert!(problems.is_empty(), "{}:\n{}", problems.len(), problems.join("\n"));
    assert!(!Path::new(CANARY).exists(), "a file was written outside");
    assert_eq!(children(), 0, "processes were left behind");
}

#[test]
fn the_command_holds_them_too() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = std::fs::remove_file(CANARY);
    let room = Room::tidy();
    room.run(&["cache", "dir"]).ok();
    if IMAGES {
        room.run(&["image", "build"]).ok();
    }
    for case in corpus().iter().filter(|case| !case.waits()) {
        let mut command = room.command();
        command.args(["run", "--sandbox", "--format", "json", "--timeout", "60s", "--cpu-time", "60s"]);
        command.args(["--max-memory", "64M", "--max-output", "64K"]);
        for (word, option) in [("stdlib", "--allow-stdlib"), ("threads", "--threads"), ("scratch", "--scratch")] {
            if case.how.iter().any(|own| own == word) {
                command.arg(option);
            }
        }
        let ran =
            Ran::from(command.arg(repository().join("tests/hostile").join(case.snippet.name())).output().unwrap());
        let outcome = ran.json();
        let kind = outcome["error"]["type"].as_str().unwrap_or("ok");
        assert!(case.expect.iter().any(|expected| expected == kind), "{}: {outcome}", case.name);
    }
    assert!(!Path::new(CANARY).exists(), "a file was written outside");
}

#[test]
fn nobody_calls_from_inside() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let runner = runner(&["stdlib".to_owned()]);
    for source in [
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), timeout=5)",
        "import socket\ns = socket.socket()\ns.connect(('127.0.0.1', PORT))",
        "import ctypes, struct\nlibc = ctypes.CDLL(None)\nfd = libc.socket(2, 1, 0)\nassert libc.connect(fd, struct.pack('>HH4s8x', 512, PORT, b'\\x7f\\0\\0\\x01'), 16) == 0",
    ] {
        let source = source.replace("PORT", &port.to_string());
        let outcome = runner.run(&Snippet::new("call.py", source)).unwrap();
        assert!(outcome.error.is_some(), "{outcome:?}");
    }
    assert!(listener.accept().is_err(), "a connection came in");
}
