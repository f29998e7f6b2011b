//! Bundles through the library: built, opened and run in this process.

mod support;

use std::sync::{Arc, Mutex, PoisonError};

use pyc_rs_runtime::{
    CodeCache, Engine, Failure, Origin, Snippet, batch,
    bundle::{self, BundleFile, Entry, Environment, Request},
    sandbox::Runner,
};
use support::Room;

/// Interpreters belong to their threads, and starting them is not for several at once.
static TURN: Mutex<()> = Mutex::new(());

const TOOLS: &str = "
from . import VALUE

def sums(*numbers):
    print('adding')
    return {'sum': VALUE + sum(numbers)}

def fails():
    raise KeyError('gone')

if __name__ == '__main__':
    print('main of', __spec__.name, __package__)
";

fn program() -> Room {
    let room = Room::new();
    room.write("src/pkg/__init__.py", "VALUE = 41\n");
    room.write("src/pkg/__main__.py", "from .tools import sums\nprint('package', __name__, sums(1))\n");
    room.write("src/pkg/tools.py", TOOLS);
    room
}

fn request(room: &Room) -> Request {
    Request { with_source: true, ..Request::new(batch::Request::new(vec![room.path().join("src")])) }
}

fn built(room: &Room, name: &str) -> Arc<BundleFile> {
    let build = bundle::build(&request(room), &CodeCache::off(), &()).unwrap();
    let built = build.built.unwrap();
    assert_eq!((built.modules, built.data, built.entry_point.clone()), (3, 0, None));
    let path = room.path().join(name);
    built.write(&path, false).unwrap();
    BundleFile::open(path).unwrap()
}

#[test]
fn parts_of_a_bundle_are_snippets() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let room = program();
    let file = built(&room, "app.pycb");
    let engine = Engine::builder().boot().unwrap();
    let run = |name: &str| engine.run(&Snippet::from_bundle(&file, name));

    let called = run("pkg.tools:sums");
    assert_eq!((called.stdout.as_str(), called.value), ("adding\n", Some(serde_json::json!({"sum": 41}))));
    assert_eq!((called.error, called.cache), (None, Origin::Bundle));
    // A function of a module that is imported already.
    assert_eq!(run("pkg.tools:sums").value, Some(serde_json::json!({"sum": 41})));

    let module = run("pkg.tools");
    assert_eq!((module.stdout.as_str(), module.cache), ("main of pkg.tools pkg\n", Origin::Bundle));
    let package = run("pkg");
    assert_eq!(package.stdout, "adding\npackage __main__ {'sum': 42}\n", "{package:#?}");

    let Some(Failure::RuntimeError { exception, frames, traceback, .. }) = run("pkg.tools:fails").error else {
        panic!()
    };
    assert_eq!((exception.as_str(), frames.last().unwrap().line), ("KeyError", 9));
    assert!(traceback.contains("raise KeyError('gone')"), "{traceback}");
    for missing in ["pkg.nothing", "nothing", "nothing:at_all"] {
        let outcome = run(missing);
        assert!(matches!(outcome.error, Some(Failure::RuntimeError { .. })), "{missing}: {outcome:#?}");
    }
    // Other snippets import from it now.
    assert_eq!(engine.run(&Snippet::new("s.py", "import pkg\npkg.VALUE")).value, Some(41.into()));
}

#[test]
fn of_two_bundles_the_one_that_was_mounted_first_is_imported_from() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let room = program();
    let first = built(&room, "first.pycb");
    room.write("src/pkg/__init__.py", "VALUE = 1\n");
    let second = built(&room, "second.pycb");
    let engine = Engine::builder().boot().unwrap();
    engine.mount(&first).unwrap();
    engine.mount(&second).unwrap();
    engine.mount(&first).unwrap();
    let code = "import sys, pkg\n[pkg.VALUE, [path.rsplit('/')[-1] for path in sys.path[:2]]]";
    let outcome = engine.run(&Snippet::new("s.py", code));
    assert_eq!(outcome.value, Some(serde_json::json!([41, ["first.pycb", "second.pycb"]])), "{outcome:#?}");
}

#[test]
fn a_module_of_a_bundle_runs_in_a_sandbox() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let room = Room::new();
    room.write("src/alone.py", "import json\nprint(json.dumps([1]), __name__)\n");
    let build = bundle::build(&request(&room), &CodeCache::off(), &()).unwrap();
    let file = BundleFile::from_bytes("alone.pycb", build.built.unwrap().bytes).unwrap();
    let runner = Runner::builder().worker(std::process::Command::new(support::BINARY)).workers(1).build().unwrap();
    let outcome = runner.run(&Snippet::from_bundle(&file, "alone")).unwrap();
    assert_eq!((outcome.stdout.as_str(), outcome.cache), ("[1] __main__\n", Origin::Bundle), "{outcome:#?}");
    let missing = runner.run(&Snippet::from_bundle(&file, "nothing")).unwrap();
    assert!(matches!(missing.error, Some(Failure::RuntimeError { .. })), "{missing:#?}");
}

#[test]
fn requests_that_cannot_be_met_say_why() {
    let room = program();
    let error = |request: Request| bundle::build(&request, &CodeCache::off(), &()).unwrap_err();
    let entry = error(Request { entry: Entry::Named("pkg.none:main".to_owned()), ..request(&room) });
    assert_eq!(entry.to_string(), "the entry point \"pkg.none:main\" is not in the bundle");
    assert!(entry.is_usage() && entry.hint().is_some());
    let nowhere = Environment::default();
    let lonely = error(Request { dependencies: bundle::Dependencies::Imported(nowhere), ..request(&room) });
    assert_eq!(lonely.to_string(), "there is no environment to take dependencies from");
}
