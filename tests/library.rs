//! The library, as a program that embeds it sees it.

mod support;

use std::{
    sync::{Barrier, Mutex, PoisonError, atomic::Ordering},
    thread,
};

use pyc_rs_runtime::{
    CodeCache, Engine, Failure, Origin, Outcome, Snippet, StoreMode,
    compiler::{Mode, Options, Stack},
    open_store,
};
use support::Room;

/// An outcome holds what the process printed, so that engines of several tests take turns.
static TURN: Mutex<()> = Mutex::new(());

fn in_turn<T>(work: impl FnOnce() -> T) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

fn cache(room: &Room) -> CodeCache {
    CodeCache::new(open_store(Some(room.cache_dir()), StoreMode::ReadWrite))
}

fn engine(cache: &CodeCache) -> Engine {
    Engine::builder().cache(cache.clone()).boot().unwrap()
}

fn run(source: &str) -> Outcome {
    in_turn(|| engine(&CodeCache::off()).run(&Snippet::new("snippet.py", source)))
}

#[test]
fn two_engines_one_after_the_other_share_a_cache() {
    let room = Room::new();
    let snippet = Snippet::new("sum.py", "import json\nprint(json.dumps([1]))\n20 + 22");
    let outcomes = in_turn(|| [0, 1].map(|_| engine(&cache(&room)).run(&snippet)));
    for (outcome, origin) in outcomes.iter().zip([Origin::Miss, Origin::Hit]) {
        assert_eq!((outcome.stdout.as_str(), outcome.cache), ("[1]\n", origin), "{outcome:?}");
        assert_eq!((outcome.return_value.as_deref(), outcome.value.clone()), (Some("42"), Some(42.into())));
    }
    assert_eq!(room.objects().len(), 1);
}

#[test]
fn one_engine_finds_its_own_snippets_again_under_any_name() {
    let room = Room::new();
    in_turn(|| {
        let cache = cache(&room);
        let engine = engine(&cache);
        let origins = ["a.py", "b.py", "a.py"].map(|name| engine.run(&Snippet::new(name, "1 + 1")).cache);
        assert_eq!(origins, [Origin::Miss, Origin::Hit, Origin::Hit]);
        assert_eq!(cache.store().counters().stored.load(Ordering::Relaxed), 1);
        assert_eq!(engine.run(&Snippet::new("a.py", "1 + 2")).cache, Origin::Miss);
    });
}

#[test]
fn the_fields_of_an_outcome() {
    let outcome = run("import sys\nprint('out')\nprint('err', file=sys.stderr)\n{'a': [1, None]}");
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("out\n", "err\n"));
    assert_eq!(outcome.return_value.as_deref(), Some("{'a': [1, None]}"));
    assert_eq!(outcome.value, Some(serde_json::json!({"a": [1, null]})));
    assert_eq!((outcome.error.as_ref(), outcome.cache, outcome.exit_status()), (None, Origin::Off, 0));
    assert!(outcome.duration_ns > 0 && outcome.usage.peak_memory_bytes > 0);

    let nothing = run("x = 1");
    assert_eq!((nothing.return_value, nothing.value, nothing.error), (None, None, None));
    let lossy = run("(1, 2)");
    assert_eq!((lossy.return_value.as_deref(), lossy.value), (Some("(1, 2)"), None));
}

#[test]
fn failures_are_told_apart() {
    let raised = run("print('before')\ndef f():\n    raise KeyError('gone')\nf()");
    assert_eq!((raised.stdout.as_str(), raised.exit_status()), ("before\n", 1));
    let Some(Failure::RuntimeError { exception, message, traceback, frames }) = raised.error else {
        panic!("{raised:?}");
    };
    assert_eq!((exception.as_str(), message.as_str()), ("KeyError", "'gone'"));
    assert!(traceback.contains("File \"snippet.py\", line 3, in f"), "{traceback}");
    let lines: Vec<_> = frames.iter().map(|frame| (frame.file.as_str(), frame.line, frame.function.as_str())).collect();
    assert_eq!(lines, [("snippet.py", 4, "<module>"), ("snippet.py", 3, "f")]);

    // Columns are characters, whatever the source is written in.
    let wide = run("grüße = None\nx = 'ä', grüße.fehlt(\n  1)");
    let Some(Failure::RuntimeError { frames, .. }) = wide.error else { panic!("{wide:?}") };
    assert_eq!((frames[0].col, frames[0].end_line, frames[0].end_col), (10, 2, 21));
    assert_eq!(frames[0].text, "x = 'ä', grüße.fehlt(");
    let several = run("ü = 0\n(ü +\n 'ä')");
    let Some(Failure::RuntimeError { frames, .. }) = several.error else { panic!("{several:?}") };
    assert_eq!((frames[0].line, frames[0].col, frames[0].end_line, frames[0].end_col), (2, 2, 3, 5));
    let unknown = run("exec('\\n 1 / 0'.strip())");
    let Some(Failure::RuntimeError { frames, .. }) = unknown.error else { panic!("{unknown:?}") };
    assert_eq!((frames[1].text.as_str(), frames[1].col, frames[1].end_col), ("", 1, 6));

    let exited = run("import sys; print('partial'); sys.exit(7)");
    assert_eq!((exited.stdout.as_str(), &exited.error), ("partial\n", &Some(Failure::Exit { code: 7 })));
    assert_eq!(run("raise SystemExit").error, None);

    let broken = run("x = 1\ny = (2 +");
    let Some(Failure::SyntaxError { line, text, .. }) = &broken.error else { panic!("{broken:?}") };
    assert_eq!((*line, text.as_str(), broken.exit_status()), (2, "y = (2 +", 1));
}

#[test]
fn globals_do_not_leak_from_run_to_run() {
    in_turn(|| {
        let engine = engine(&CodeCache::off());
        assert_eq!(engine.run(&Snippet::new("a.py", "leak = 1\nimport json\n__name__")).value, Some("__main__".into()));
        let second = engine.run(&Snippet::new("b.py", "('leak' in globals(), 'json' in globals(), __name__)"));
        assert_eq!(second.return_value.as_deref(), Some("(False, False, '__main__')"));
        // A failure leaves the engine as good as before.
        assert!(engine.run(&Snippet::new("c.py", "1 / 0")).error.is_some());
        assert!(engine.run(&Snippet::new("d.py", "import sys; sys.exit(3)")).error.is_some());
        assert_eq!(engine.run(&Snippet::new("e.py", "6 * 7")).value, Some(42.into()));
    });
    assert_eq!(run("'leak' in globals()").value, Some(false.into()));
}

#[test]
fn an_engine_fits_on_a_small_stack() {
    let work = || in_turn(|| engine(&CodeCache::off()).run(&Snippet::new("small.py", SMALL)));
    let outcome = thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    assert_eq!((outcome.error, outcome.value), (None, Some(serde_json::json!([55, "{\"a\": 1}", "b"]))));
}

const SMALL: &str = "
import dataclasses, json, re

@dataclasses.dataclass
class Point:
    x: int

def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

[fibonacci(Point(10).x), json.dumps({'a': 1}), re.sub('a', 'b', 'a')]
";

#[test]
fn a_cache_is_shared_by_threads() {
    const THREADS: usize = 8;
    const SOURCES: usize = 20;
    let room = Room::new();
    let cache = cache(&room);
    let start = Barrier::new(THREADS);
    let load = |number: usize| {
        let source = format!("def f():\n    return {number}\nvalue = f()\n");
        cache.load(source.as_bytes(), Options::default(), Stack::of(1 << 20)).unwrap()
    };
    let payloads: Vec<Vec<Vec<u8>>> = thread::scope(|scope| {
        let one = || {
            start.wait();
            (0..SOURCES).map(|number| load(number).payload().to_vec()).collect()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(payloads.iter().all(|of_thread| *of_thread == payloads[0]));
    assert_eq!(room.objects().len(), SOURCES);
    assert!((0..SOURCES).all(|number| load(number).origin == Origin::Hit));
    let counters = cache.store().counters().snapshot();
    assert_eq!((counters.put_failures, counters.quarantined), (0, 0));
    let another = CodeCache::new(open_store(Some(room.cache_dir()), StoreMode::ReadOnly));
    let code = another.load(b"def f():\n    return 0\nvalue = f()\n", Options::default(), Stack::of(1 << 20)).unwrap();
    assert_eq!((code.origin, code.payload()), (Origin::Hit, payloads[0][0].as_slice()));
}

#[test]
fn keys_differ_by_source_mode_and_level() {
    use pyc_rs_runtime::compiler::Optimize;
    let mut keys = Vec::new();
    for source in ["x", "x "] {
        for mode in [Mode::Exec, Mode::Eval, Mode::Block] {
            for optimize in [Optimize::None, Optimize::Asserts, Optimize::Docstrings] {
                keys.push(CodeCache::key(source.as_bytes(), Options { mode, optimize, ..Options::default() }));
            }
        }
    }
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count);
}
