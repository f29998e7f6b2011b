//! Snippets that nobody has read, over the command line and as a library.

mod support;

use std::{
    ops::Range,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use pyc_rs_runtime::{
    CodeCache, Failure, Frame, Origin, Outcome, Snippet, StoreMode, open_store,
    sandbox::{
        DEFAULT_MODULES, HostCall, HostError, Inputs, Limits, Modules, Policy, Runner, RunnerBuilder, SandboxError,
        Stopper, Value,
    },
};
use support::{BINARY, Room, repository};

fn builder() -> RunnerBuilder {
    Runner::builder().worker(Command::new(BINARY)).workers(1)
}

fn run(runner: &Runner, source: &str) -> Outcome {
    runner.run(&Snippet::new("snippet.py", source)).unwrap()
}

fn value(runner: &Runner, source: &str) -> serde_json::Value {
    let outcome = run(runner, source);
    assert_eq!(outcome.error, None, "{outcome:?}");
    outcome.value.unwrap_or_else(|| panic!("no value: {:?}", outcome.return_value))
}

/// A frame of the snippet that was at one line.
fn frame(line: usize, columns: Range<usize>, function: &str, text: &str) -> Frame {
    let (col, end_col) = (columns.start, columns.end);
    let (file, function, text) = ("snippet.py".to_owned(), function.to_owned(), text.to_owned());
    Frame { file, line, col, end_line: line, end_col, function, text }
}

#[test]
fn the_fields_of_an_outcome() {
    let room = Room::new();
    let cache = CodeCache::new(open_store(Some(room.cache_dir()), StoreMode::ReadWrite));
    let runner = builder().cache(cache).build().unwrap();
    let source = "import sys\nprint('out')\nprint('err', file=sys.stderr)\n{'a': [1, None]}";
    for origin in [Origin::Miss, Origin::Hit] {
        let outcome = run(&runner, source);
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("out\n", "err\n"));
        assert_eq!(outcome.return_value.as_deref(), Some("{'a': [1, None]}"));
        assert_eq!(outcome.value, Some(serde_json::json!({"a": [1, null]})));
        assert_eq!((outcome.error.as_ref(), outcome.cache, outcome.exit_status()), (None, origin, 0));
        assert!(outcome.duration_ns > 0 && outcome.usage.peak_memory_bytes > 0);
        let confinement = outcome.sandbox.unwrap();
        assert!(confinement.landlock >= 3 && confinement.seccomp, "{confinement:?}");
    }
}

#[test]
fn a_traceback_shows_the_snippet_and_nothing_of_ours() {
    let runner = builder().build().unwrap();
    let outcome = run(&runner, "def half(x):\n    return x / 0\nhalf(1)");
    let Some(Failure::RuntimeError { exception, traceback, frames, .. }) = outcome.error else { panic!() };
    assert_eq!(exception, "ZeroDivisionError");
    assert!(traceback.contains("return x / 0") && traceback.contains("half(1)"), "{traceback}");
    assert_eq!(frames, [frame(3, 1..8, "<module>", "half(1)"), frame(2, 12..17, "half", "    return x / 0")]);
    let awaited = builder().async_host_function("tool", |_| Err(HostError::named("KeyError", "gone"))).build().unwrap();
    let outcome = run(&awaited, "import asyncio\nasync def main():\n    await tool()\nasyncio.run(main())");
    let Some(Failure::RuntimeError { traceback, .. }) = outcome.error else { panic!() };
    assert!(!traceback.contains("_pyc_rs") && !traceback.contains("bootstrap"), "{traceback}");
}

#[test]
fn every_run_starts_afresh() {
    let runner = builder().policy(Policy { modules: Modules::All, ..Policy::default() }).build().unwrap();
    run(
        &runner,
        "import builtins, json, os, sys\nleak = 1\njson.loads = None\nbuiltins.leak = 2\nos.environ['LEAK'] = '3'\nsys.leak = 4",
    );
    let fresh = "import builtins, json, os, sys\n[callable(json.loads), 'leak' in globals(), hasattr(builtins, 'leak'), 'LEAK' in os.environ, hasattr(sys, 'leak')]";
    assert_eq!(value(&runner, fresh), serde_json::json!([true, false, false, false, false]));
    let random = "import os, random\n[random.random(), random.Random().random(), os.urandom(8).hex()]";
    let (one, other) = (value(&runner, random), value(&runner, random));
    for index in 0..3 {
        assert_ne!(one[index], other[index]);
    }
}

#[test]
fn time_limits_stop_the_process() {
    let limits = Limits { wall: Duration::from_millis(100), ..Limits::default() };
    let runner = builder().limits(limits).build().unwrap();
    let outcome = run(&runner, "print('before')\nimport time\ntime.sleep(60)");
    assert_eq!(outcome.error, Some(Failure::Timeout { limit_ns: 100_000_000 }));
    assert_eq!((outcome.stdout.as_str(), outcome.exit_status()), ("before\n", 124));

    let limits = Limits { cpu: Duration::from_millis(100), ..Limits::default() };
    let runner = builder().limits(limits).build().unwrap();
    let outcome = run(&runner, "while True:\n    pass");
    assert_eq!(outcome.error, Some(Failure::CpuLimitExceeded { limit_ns: 100_000_000 }));
    assert!(outcome.usage.cpu_ns >= 100_000_000, "{outcome:?}");
}

#[test]
fn output_is_cut_where_it_is_too_much() {
    let runner = builder().limits(Limits { output: 1000, ..Limits::default() }).build().unwrap();
    let outcome = run(&runner, "import sys\nprint('x' * 599)\nprint('y' * 700, file=sys.stderr)");
    assert_eq!(outcome.error, Some(Failure::OutputLimitExceeded { limit_bytes: 1000 }));
    assert_eq!((outcome.stdout.len(), outcome.stderr.len()), (600, 400));
    let exactly = run(&runner, "print('x' * 999)");
    assert_eq!((exactly.error, exactly.stdout.len()), (None, 1000));
}

#[test]
fn values_are_bounded() {
    let runner = builder().limits(Limits { value: 1000, ..Limits::default() }).build().unwrap();
    let outcome = run(&runner, "'x' * 5000");
    let text = outcome.return_value.unwrap();
    assert!(text.len() < 1100 && text.ends_with("bytes more)"), "{text}");
    assert_eq!(outcome.value, None);
}

#[test]
fn inputs_are_variables() {
    let runner = builder().build().unwrap();
    let inputs = Inputs::new()
        .set("numbers", vec![Value::from(1), 2.into()])
        .unwrap()
        .set("big", Value::Int("123456789012345678901234567890".parse().unwrap()))
        .unwrap()
        .set("when", Value::DateTime("2026-01-02T03:04:05".to_owned()))
        .unwrap();
    let snippet = Snippet::new("inputs.py", "[sum(numbers), str(big + 1), when.year]");
    let outcome = runner.run_with(&snippet, &inputs).unwrap();
    assert_eq!(outcome.value, Some(serde_json::json!([3, "123456789012345678901234567891", 2026])), "{outcome:?}");
    assert!(matches!(Inputs::new().set("not a name", 1), Err(SandboxError::Name(_))));
}

#[test]
fn host_functions_are_called_with_plain_data() {
    let calls = std::sync::Arc::new(AtomicU64::new(0));
    let counted = std::sync::Arc::clone(&calls);
    let runner = builder()
        .limits(Limits { host_calls: 20, ..Limits::default() })
        .host_function("echo", move |call: HostCall| {
            counted.fetch_add(1, Ordering::Relaxed);
            call.arguments.into_iter().next().ok_or_else(|| HostError::named("TypeError", "echo what?"))
        })
        .host_function("named", |call: HostCall| {
            Ok(Value::Dict(call.keywords.into_iter().map(|(name, value)| (name.into(), value)).collect()))
        })
        .async_host_function("later", |_| Ok("now".into()))
        .build()
        .unwrap();
    let same = "import datetime\nvalues = [None, True, 2 ** 100, -1, 1.5, 'text', b'bytes', [1], (2, 3), {'a': {4}}, datetime.datetime(2026, 1, 2)]\nall(echo(value) == value and type(echo(value)) is type(value) for value in values[:8]) and echo(values[8:]) == values[8:]";
    assert_eq!(value(&runner, same), true);
    assert_eq!(value(&runner, "named(a=1, b='x')"), serde_json::json!({"a": 1, "b": "x"}));
    assert_eq!(
        value(&runner, "import asyncio\nasync def main():\n    return await later()\nasyncio.run(main())"),
        "now"
    );
    assert_eq!(
        value(&runner, "try:\n    echo()\nexcept TypeError as error:\n    text = str(error)\ntext"),
        "echo what?"
    );
    assert_eq!(
        value(&runner, "try:\n    echo(object())\nexcept TypeError as error:\n    text = str(error)\ntext"),
        "object objects do not cross to the host; plain data does"
    );
    let before = calls.load(Ordering::Relaxed);
    assert!(run(&runner, "for n in range(100):\n    echo(n)").error.is_some());
    assert_eq!(calls.load(Ordering::Relaxed) - before, 20);
}

#[test]
fn waiting_for_the_host_is_not_processor_time() {
    let limits = Limits { cpu: Duration::from_millis(200), ..Limits::default() };
    let sleep = |_| {
        std::thread::sleep(Duration::from_millis(400));
        Ok(Value::None)
    };
    let runner = builder().limits(limits).host_function("wait", sleep).build().unwrap();
    assert_eq!(value(&runner, "wait()\n1"), 1);
}

#[test]
fn a_session_keeps_its_globals() {
    let limits = Limits { cpu: Duration::from_millis(300), output: 1000, ..Limits::default() };
    let runner = builder().limits(limits).build().unwrap();
    let mut session = runner.session().unwrap();
    let mut next = |source: &str| session.run(&Snippet::new("session.py", source));
    assert_eq!(next("def double(x):\n    return 2 * x\nn = 1").unwrap().error, None);
    for _ in 0..3 {
        let outcome = next("print('x' * 800)\nn = double(n)\nn").unwrap();
        assert_eq!((outcome.error, outcome.stdout.len()), (None, 801));
    }
    assert!(next("1 / 0").unwrap().error.is_some());
    assert!(next("(").unwrap().error.is_some());
    assert_eq!(next("n").unwrap().value, Some(8.into()));
    assert!(matches!(next("while True:\n    pass").unwrap().error, Some(Failure::CpuLimitExceeded { .. })));
    assert!(matches!(next("n"), Err(SandboxError::SessionEnded)));
    assert_eq!(value(&runner, "'n' in globals()"), false);
}

#[test]
fn only_granted_files_are_there() {
    let room = Room::new();
    let (readable, writable, secret) =
        (room.write("in/data.txt", "data"), room.write("out/old.txt", "old"), room.write("secret.txt", "secret"));
    let policy = Policy {
        modules: Modules::All,
        read: vec![readable.parent().unwrap().to_owned()],
        write: vec![writable.parent().unwrap().to_owned()],
        ..Policy::default()
    };
    let runner = builder().policy(policy).build().unwrap();
    let at = |source: &str| {
        source
            .replace("READ", readable.to_str().unwrap())
            .replace("WRITE", writable.to_str().unwrap())
            .replace("SECRET", secret.to_str().unwrap())
    };
    assert_eq!(value(&runner, &at("open('READ').read()")), "data");
    assert_eq!(value(&runner, &at("with open('WRITE', 'w') as f:\n    f.write('new')\nopen('WRITE').read()")), "new");
    assert_eq!(std::fs::read_to_string(&writable).unwrap(), "new");
    for source in ["open('READ', 'w')", "open('SECRET')", "import os\nos.remove('READ')"] {
        let outcome = run(&runner, &at(source));
        assert!(matches!(outcome.error, Some(Failure::Denied { .. })), "{source}: {outcome:?}");
    }
    let linked = run(&runner, &at("import os\nos.link('SECRET', 'WRITE.link')\nopen('WRITE.link').read()"));
    assert!(linked.error.is_some() && linked.return_value.is_none(), "{linked:?}");
    let missing = Policy { read: vec!["/no/such/path".into()], ..Policy::default() };
    assert!(matches!(builder().policy(missing).build(), Err(SandboxError::Grant { .. })));
}

#[test]
fn only_granted_variables_are_there() {
    let room = Room::new();
    let code = "import os; {name: value for name, value in os.environ.items() if name.startswith('TEST_')}";
    let mut command = room.command();
    command.env("TEST_GIVEN", "1").env("TEST_KEPT", "2").args(["run", "--sandbox", "--allow-stdlib"]);
    let given = ["TEST_GIVEN", "TEST_NOT_THERE", "TEST_NEW=a=b", "TEST_EMPTY="];
    command.args(given.iter().flat_map(|variable| ["--env", variable])).args(["--format", "json", "-c", code]);
    let ran = support::with_input(command, b"").ok();
    assert_eq!(ran.json()["value"], serde_json::json!({"TEST_GIVEN": "1", "TEST_NEW": "a=b", "TEST_EMPTY": ""}));
    let nameless = room.run(&["run", "--sandbox", "--env", "=1", "-c", "1"]).status(2);
    assert!(nameless.stderr.contains("\"=1\" is no variable"), "{nameless:?}");
}

#[test]
fn as_many_files_can_be_open_as_are_allowed() {
    let file = repository().join("Cargo.toml");
    let open_file = format!("open({:?})", file.to_str().unwrap());
    let read = Policy { read: vec![file], ..Policy::default() };
    let scratch = Policy { scratch: true, ..Policy::default() };
    for (policy, open) in [(read, open_file.as_str()), (scratch, "open('file', 'w')")] {
        let limits = Limits { files: 2, ..Limits::default() };
        let runner = builder().limits(limits).policy(policy).build().unwrap();
        let outcome = run(&runner, &format!("files = []\nwhile len(files) < 5:\n    files.append({open})"));
        let Some(Failure::RuntimeError { exception, message, .. }) = outcome.error else { panic!("{outcome:?}") };
        assert!(exception == "OSError" && message.contains("Too many open files"), "{message}");
        assert_eq!(run(&runner, &format!("len([{open} for _ in range(2)])")).return_value.as_deref(), Some("2"));
    }
}

#[test]
fn the_default_modules_work_and_are_listed() {
    let runner = builder().build().unwrap();
    for name in DEFAULT_MODULES {
        let outcome = run(&runner, &format!("import {name}"));
        assert_eq!(outcome.error, None, "{name}");
    }
    let listed = DEFAULT_MODULES.join(", ");
    let help = Room::new().run(&["run", "--help"]).ok().stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(&listed), "{help}");
    let document = std::fs::read_to_string(repository().join("docs/sandbox.md")).unwrap();
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "");
    assert!(document.contains(&listed), "docs/sandbox.md lists other modules than {listed}");
}

#[test]
fn the_defaults_are_those_of_the_document() {
    let document = std::fs::read_to_string(repository().join("docs/sandbox.md")).unwrap();
    let Limits { wall, cpu, memory, output, files, file_size, host_calls, value, recursion } = Limits::default();
    for line in [
        format!("| `wall` | {} s |", wall.as_secs()),
        format!("| `cpu` | {} s |", cpu.as_secs()),
        format!("| `memory` | {} MiB |", memory >> 20),
        format!("| `output` | {} MiB |", output >> 20),
        format!("| `recursion` | {} |", recursion.map_or("1000".to_owned(), |depth| depth.to_string())),
        format!("| `files` | {files} |"),
        format!("| `file_size` | {} MiB |", file_size >> 20),
        format!("| `host_calls` | {host_calls} |"),
        format!("| `value` | {} MiB |", value >> 20),
    ] {
        assert!(document.contains(&line), "{line}");
    }
}

#[test]
fn modules_are_allowed_and_denied() {
    let only = Policy { modules: Modules::Only(vec!["json".to_owned()]), ..Policy::default() };
    let runner = builder().policy(only).build().unwrap();
    assert_eq!(value(&runner, "import json\njson.dumps(1)"), "1");
    let refused = |outcome: Outcome, name: &str| {
        let Some(Failure::ModuleNotAllowed { module_name, frames }) = outcome.error else { panic!("{outcome:?}") };
        assert_eq!(module_name, name);
        frames
    };
    let frames = refused(run(&runner, "x = 1; import math"), "math");
    assert_eq!(frames, [frame(1, 8..19, "<module>", "x = 1; import math")]);
    let all_but = Policy { modules: Modules::All, deny: vec!["socket".to_owned()], ..Policy::default() };
    let runner = builder().policy(all_but).build().unwrap();
    assert_eq!(run(&runner, "import os, threading, importlib").error, None);
    let frames = refused(run(&runner, "import importlib\nimportlib.import_module('socket')"), "socket");
    assert_eq!(frames[0], frame(2, 1..34, "<module>", "importlib.import_module('socket')"));
}

#[test]
fn the_command_ends_as_the_snippet_does() {
    let room = Room::new();
    let sandbox = |arguments: &[&str]| room.run(&[&["run", "--sandbox"], arguments].concat());
    assert_eq!(sandbox(&["-c", "print('hello')"]).ok().stdout, "hello\n");
    let raised = sandbox(&["-c", "1 / 0"]).status(1);
    assert!(raised.stderr.contains("ZeroDivisionError: division by zero"), "{raised:?}");
    sandbox(&["-c", "import sys; sys.exit(7)"]).status(7);
    sandbox(&["--timeout", "100ms", "-c", "import time; time.sleep(60)"]).status(124);
    sandbox(&["--max-memory", "32M", "-c", "'x' * 10 ** 9"]).status(137);
    let denied = sandbox(&["-c", "open('/etc/passwd')"]).status(1);
    assert!(denied.stderr.contains("denied") && denied.stderr.contains("/etc/passwd"), "{denied:?}");
    assert!(denied.stderr.starts_with("  File \"<string>\", line 1\n    open('/etc/passwd')\n    ^^^^"), "{denied:?}");
    assert!(denied.stderr.contains("hint: --read PATH"), "{denied:?}");
    let barred = sandbox(&["-c", "x = 1; import socket"]).status(1);
    let place = "  File \"<string>\", line 1\n    x = 1; import socket\n           ^^^^^^^^^^^^^\nerror: it may not import socket\n";
    assert!(barred.stderr.starts_with(place) && barred.stderr.contains("hint: --allow-module"), "{barred:?}");
    let broken = sandbox(&["-c", "x = (1 +"]).status(1);
    assert!(broken.stderr.contains("SyntaxError"), "{broken:?}");
    let file = room.write("given.py", "numbers[0] + 1");
    let outcome = sandbox(&["--format", "json", "--input", "numbers=[41]", file.to_str().unwrap()]).ok().json();
    assert_eq!(outcome["value"], 42);
    let piped = room.run_with_input(&["run", "--sandbox", "--format", "json", "-"], b"1 + 1").ok();
    assert_eq!(piped.json()["value"], 2);
    let tool = sandbox(&["--format", "json", "--host-command", "tool=cat", "-c", "tool(1, a=2)"]).ok().json();
    assert_eq!(tool["value"], serde_json::json!({"args": [1], "kwargs": {"a": 2}}));
    let digits = "123456789012345678901234567890";
    let large = ["--input", &format!("x={digits}"), "--host-command", "f=cat", "-c", "print(f(x)['args'][0] - x, x)"];
    assert_eq!(sandbox(&large).ok().stdout, format!("0 {digits}\n"));
    // What a command does takes time, too, and ends with the run.
    sandbox(&["--timeout", "300ms", "--host-command", "f=sleep 600", "-c", "f()"]).status(124);
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let room = Room::new();
    for arguments in [
        &["run", "--timeout", "1s", "-c", "1"][..],
        &["run", "--sandbox", "--timeout", "soon", "-c", "1"],
        &["run", "--sandbox", "--max-memory", "1K", "-c", "1"],
        &["run", "--sandbox", "--read", "/no/such/path", "-c", "1"],
        &["run", "--sandbox", "--input", "x=nonsense", "-c", "1"],
        &["run", "--sandbox", "--max-files", "1000000000000", "-c", "1"],
        &["run", "--sandbox", "--input", "class=1", "-c", "1"],
        &["run", "--sandbox", "--input", "x=1", "--input", "x=2", "-c", "1"],
        &["run", "--sandbox", "--input", "x=1", "--host-command", "x=cat", "-c", "1"],
        &["run", "--sandbox", "--host-command", "x=", "-c", "1"],
        &["run", "--sandbox", "-c", "1", "--timeout", "1s"],
        &["run", "--sandbox", "-O", "-c", "1"],
        &["run", "--sandbox", "-m", "json"],
    ] {
        room.run(arguments).status(2);
    }
}

/// The processes that a process has started.
fn children(pid: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// The state of a process, and the processor time that it has used, in the system's ticks.
fn state(pid: u32) -> Option<(String, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(((*fields.first()?).to_owned(), fields.get(11)?.parse().ok()?))
}

#[test]
fn a_process_of_one_run_has_nothing_of_what_its_host_was_told() {
    let room = Room::new();
    let mut command = room.command();
    command.env("SECRET", "known to the host").env("SHOWN", "granted");
    let code = "import os\nif os.environ.get('SHOWN') == 'granted' and len(os.environ) == 1:\n    while True: pass";
    command.args([
        "run",
        "--sandbox",
        "--allow-module",
        "os",
        "--env",
        "SHOWN",
        "--timeout",
        "60s",
        "--cpu-time",
        "60s",
    ]);
    let mut host = command.args(["-c", code]).spawn().unwrap();
    let runs = |pid: &u32| state(*pid).is_some_and(|(_, ticks)| ticks > 20);
    let found = (0..3000).find_map(|_| {
        std::thread::sleep(Duration::from_millis(10));
        children(host.id()).into_iter().find(runs)
    });
    let pid = found.expect("the snippet does not run");
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(arguments.iter().all(|byte| *byte == 0), "{}", String::from_utf8_lossy(&arguments));
    // Only a user with all rights may look.
    let variables = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    assert!(variables.iter().all(|byte| *byte == 0), "{}", String::from_utf8_lossy(&variables));
    host.kill().unwrap();
    host.wait().unwrap();
}

#[test]
fn a_killed_host_leaves_no_process() {
    let room = Room::new();
    let wait_for = |condition: &dyn Fn() -> bool| {
        (0..3000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            condition()
        })
    };
    let start = || {
        let mut command = room.command();
        command.args(["run", "--sandbox", "--timeout", "60s", "--cpu-time", "60s", "-c", "while True: pass"]);
        command.spawn().unwrap()
    };
    let gone = |pid: &u32| state(*pid).is_none_or(|(state, _)| state == "Z");
    let mut host = start();
    let runs = || children(host.id()).iter().any(|pid| state(*pid).is_some_and(|(_, ticks)| ticks > 20));
    assert!(wait_for(&runs), "the sandbox did not start");
    let processes = children(host.id());
    host.kill().unwrap();
    host.wait().unwrap();
    assert!(wait_for(&|| processes.iter().all(gone)), "processes outlive their host");
    // Nor does one that is killed before the snippet runs.
    for millis in [0, 1, 2, 4, 8, 16, 32, 64] {
        let mut host = start();
        std::thread::sleep(Duration::from_millis(millis));
        // So that it starts none between the question and its end.
        let stopped = Command::new("kill").args(["-STOP", &host.id().to_string()]).status().unwrap();
        assert!(stopped.success());
        let processes = children(host.id());
        host.kill().unwrap();
        host.wait().unwrap();
        assert!(wait_for(&|| processes.iter().all(gone)), "a process is left after {millis} ms");
    }
}

#[test]
fn what_a_killed_host_leaves_goes_with_the_next() {
    let room = Room::new();
    let folders = || {
        let entries = std::fs::read_dir(room.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.to_string_lossy().contains("pyc-rs-sandbox-")).collect::<Vec<_>>()
    };
    let mut command = room.command();
    command.env("TMPDIR", room.path());
    command.args(["run", "--sandbox", "--scratch", "--timeout", "60s", "-c", "open('left', 'w')\nwhile True: pass"]);
    let mut host = command.spawn().unwrap();
    let started = (0..3000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        folders().iter().any(|folder| folder.join("1/left").exists())
    });
    assert!(started, "the sandbox did not start");
    let next = || {
        let mut command = room.command();
        command.env("TMPDIR", room.path()).args(["run", "--sandbox", "-c", "1 + 1"]);
        assert!(command.status().unwrap().success());
    };
    let [folder] = folders().try_into().unwrap();
    let age = |folder: &std::path::Path| {
        let hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
        std::fs::File::open(folder).unwrap().set_modified(hour_ago).unwrap();
    };
    age(&folder);
    next();
    assert!(folder.exists(), "its host lives");
    host.kill().unwrap();
    host.wait().unwrap();
    // The zygote takes its worker's folder away while it ends, which makes this one young again.
    let gone = (0..100).any(|_| {
        if folder.exists() {
            age(&folder);
            next();
        }
        folders().is_empty()
    });
    assert!(gone, "{:?}", folders());
}

#[test]
fn the_library_can_be_imported_where_it_is_allowed() {
    let policy = Policy { modules: Modules::All, ..Policy::default() };
    let runner = builder().policy(policy).build().unwrap();
    let source =
        "import ctypes, mmap, sysconfig, trace, zoneinfo, os\n(os.path.expanduser('~'), mmap.mmap(-1, 4096)[:2])";
    assert_eq!(run(&runner, source).return_value.as_deref(), Some("('~', b'\\x00\\x00')"));
    let outcome = run(&runner, "import zoneinfo\nzoneinfo.ZoneInfo('Europe/Berlin')");
    assert!(matches!(outcome.error, Some(Failure::Denied { .. } | Failure::RuntimeError { .. })), "{outcome:?}");
}

#[test]
fn what_is_printed_comes_in_order_wherever_it_goes() {
    let runner = builder().build().unwrap();
    let much = "y".repeat(200);
    let source = format!(
        "import sys\nfor number in range(1000):\n    print(number, '{much}')\nsys.stdout.buffer.write(b'end')\nsys.stdout.fileno()"
    );
    let outcome = run(&runner, &source);
    let wanted: String = (0..1000).map(|number| format!("{number} {much}\n")).collect::<String>() + "end";
    assert_eq!((outcome.stdout == wanted, outcome.return_value.as_deref()), (true, Some("1")), "{:?}", outcome.error);
    // A session begins anew with each run, and what was printed until a kill is there.
    let limits = Limits { wall: Duration::from_millis(300), ..Limits::default() };
    let runner = builder().limits(limits).build().unwrap();
    let mut session = runner.session().unwrap();
    for (source, stdout) in [
        ("print('a' * 100_000, end='')", "a".repeat(100_000)),
        ("print('b', end='')", "b".to_owned()),
        ("import os", String::new()),
        ("print('c', end='')\nwhile True: pass", "c".to_owned()),
    ] {
        assert_eq!(session.run(&Snippet::new("part.py", source)).unwrap().stdout, stdout);
    }
}

#[test]
fn a_runner_is_shared_by_threads() {
    let runner = builder().workers(4).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let runner = &runner;
            scope.spawn(move || {
                for number in 0..25 {
                    assert_eq!(value(runner, &format!("{thread} * 1000 + {number}")), thread * 1000 + number);
                }
            });
        }
    });
}

#[test]
fn a_program_that_is_no_sandbox_is_told_so() {
    let error = Runner::builder().worker(Command::new("/bin/true")).build().err().unwrap();
    assert!(error.to_string().contains("worker_entry"), "{error}");
}

#[test]
fn a_run_is_stopped_from_another_thread() {
    let runner = builder().build().unwrap();
    let stopper = Stopper::new();
    let endless = Snippet::new("endless.py", "import time\nwhile True:\n    time.sleep(60)");
    std::thread::scope(|scope| {
        let run = scope.spawn(|| runner.run_until(&endless, &Inputs::new(), &stopper));
        std::thread::sleep(Duration::from_millis(50));
        stopper.stop();
        assert!(matches!(run.join().unwrap(), Err(SandboxError::Stopped)));
    });
    assert!(stopper.is_stopped());
    let after = runner.run_until(&Snippet::new("after.py", "1"), &Inputs::new(), &stopper);
    assert!(matches!(after, Err(SandboxError::Stopped)), "{after:?}");
    assert_eq!(value(&runner, "1 + 1"), 2);
}

#[test]
fn runs_leave_no_mark_on_what_they_share() {
    let policy = Policy { modules: Modules::All, ..Policy::default() };
    let runner = builder().policy(policy).build().unwrap();
    let source = "import os\nbefore = os.get_blocking(0)\nos.set_blocking(0, False)\n[before, os.get_blocking(0)]";
    for _ in 0..3 {
        assert_eq!(value(&runner, source), serde_json::json!([true, false]));
    }
}

#[test]
fn signals_reach_nobody_else() {
    let policy = Policy { modules: Modules::All, threads: true, ..Policy::default() };
    let runner = builder().policy(policy).workers(2).build().unwrap();
    let kill = "import os\ntried = []\nfor pid in [os.getppid(), os.getpid() + 1, os.getpid() - 1, 0, -1, 1]:\n    try:\n        os.kill(pid, 0)\n        tried.append(pid)\n    except (PermissionError, ProcessLookupError):\n        pass\n[tried, os.kill(os.getpid(), 0)]";
    assert_eq!(value(&runner, kill), serde_json::json!([[], null]));
}

#[test]
fn a_sandbox_starts_from_an_image() {
    let room = Room::new();
    room.run(&["image", "build"]).ok();
    let sandbox = |arguments: &[&str]| room.run(&[&["run", "--sandbox", "--format", "json"], arguments].concat());
    let code = "import json, random\n[json.dumps([1]), len({random.random() for _ in range(9)})]";
    let outcomes = [sandbox(&["-c", code]).ok().json(), sandbox(&["--no-image", "-c", code]).ok().json()];
    for outcome in &outcomes {
        assert_eq!(outcome["value"], serde_json::json!(["[1]", 9]), "{outcome}");
        assert_eq!(outcome["sandbox"]["seccomp"], true);
    }
    let seeds = "import random\nrandom.random()";
    let [one, other] = [0, 1].map(|_| sandbox(&["-c", seeds]).ok().json()["value"].clone());
    assert_ne!(one, other);
    let denied = sandbox(&["-c", "open('/etc/passwd')"]).status(1).json();
    assert_eq!(denied["error"]["type"], "Denied");
}
