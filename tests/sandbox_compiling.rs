//! Sources that take long to compile, much memory or much stack, as snippets.

mod support;

use std::{process::Command, time::Duration};

use pyc_rs_runtime::{
    CodeCache, Failure, Origin, Outcome, Snippet, StoreMode, open_store,
    sandbox::{Limits, Runner, RunnerBuilder},
};
use support::{BINARY, Room};

fn builder() -> RunnerBuilder {
    Runner::builder().worker(Command::new(BINARY)).workers(1)
}

fn run(runner: &Runner, source: &str) -> Outcome {
    runner.run(&Snippet::new("snippet.py", source)).unwrap()
}

#[test]
fn compiling_is_limited_too() {
    let limits = Limits { wall: Duration::from_secs(2), cpu: Duration::from_secs(2), ..Limits::default() };
    let runner = builder().limits(limits).build().unwrap();
    let mut finally = String::new();
    for level in 0..24 {
        let indent = " ".repeat(level);
        finally += &format!("{indent}try: pass\n{indent}finally:\n");
    }
    finally += &format!("{}pass\n", " ".repeat(24));
    let lambdas = format!("f = {}0", "lambda: ".repeat(6_000));
    for source in [&finally, &lambdas] {
        let since = std::time::Instant::now();
        let outcome = run(&runner, source);
        // Some the compiler gives up on by itself.
        assert!(outcome.error.is_some(), "{outcome:?}");
        assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
    }
    let branches = format!("if 0: pass\n{}else: x = 7\nx", "elif 0: pass\n".repeat(20_000));
    let outcome = run(&runner, &branches);
    let is_too_deep =
        matches!(&outcome.error, Some(Failure::RuntimeError { exception, .. }) if exception != "SystemError");
    assert!(outcome.return_value.as_deref() == Some("7") || is_too_deep, "{outcome:?}");
    assert_eq!(run(&runner, "1 + 1").return_value.as_deref(), Some("2"));
}

#[test]
fn a_large_snippet_is_compiled_once() {
    let room = Room::tidy();
    let cache = CodeCache::new(open_store(Some(room.cache_dir()), StoreMode::ReadWrite));
    let runner = builder().cache(cache.clone()).build().unwrap();
    let large = format!("{}'a' is 'a'\nx1", "x1 = 1\n".repeat(10_000));
    for origin in [Origin::Miss, Origin::Hit] {
        let outcome = run(&runner, &large);
        assert_eq!((outcome.return_value.as_deref(), outcome.cache), (Some("1"), origin), "{:?}", outcome.error);
        assert!(outcome.stderr.contains(":10001: SyntaxWarning"), "{}", outcome.stderr);
        cache.forget();
    }
    let wrong = run(&runner, &format!("{}x =", "x = 1\n".repeat(10_000)));
    assert!(matches!(wrong.error, Some(Failure::SyntaxError { line: 10_001, .. })), "{:?}", wrong.error);
    let mut session = runner.session().unwrap();
    session.run(&Snippet::new("a.py", large)).unwrap();
    assert_eq!(session.run(&Snippet::new("b.py", "x1 + 1")).unwrap().return_value.as_deref(), Some("2"));
}
