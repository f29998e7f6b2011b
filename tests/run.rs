//! `pyc-rs run` behaves as `python` does.

mod support;

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
    time::{Duration, Instant},
};

use support::{Ran, Room};

fn code(text: &str) -> Ran {
    Room::new().run(&["run", "-c", text])
}

#[test]
fn argv_path_and_names_of_each_way_to_run() {
    let room = Room::new();
    let show = "import sys; print(sys.argv, repr(sys.path[0]), __name__, globals().get('__file__'), __spec__ and __spec__.name)";
    let script = room.write("tool/main.py", show);
    room.write("pkg/__init__.py", "");
    room.write("pkg/__main__.py", show);
    room.write("pkg/mod.py", show);
    let work = room.path().canonicalize().unwrap();
    let work = work.to_str().unwrap();
    let file = std::path::absolute(&script).unwrap();

    assert_eq!(
        room.run(&["run", "tool/main.py", "-a", "--", "b c"]).ok().stdout,
        format!("['tool/main.py', '-a', '--', 'b c'] '{work}/tool' __main__ {} None\n", file.display())
    );
    assert_eq!(room.run(&["run", "-c", show, "x", "-v"]).ok().stdout, "['-c', 'x', '-v'] '' __main__ None None\n");
    assert_eq!(
        room.run(&["run", "-m", "pkg.mod", "x"]).ok().stdout,
        format!("['{work}/pkg/mod.py', 'x'] '{work}' __main__ {work}/pkg/mod.py pkg.mod\n")
    );
    assert_eq!(
        room.run(&["run", "-m", "pkg"]).ok().stdout,
        format!("['{work}/pkg/__main__.py'] '{work}' __main__ {work}/pkg/__main__.py pkg.__main__\n")
    );
    assert_eq!(
        room.run_with_input(&["run", "-", "x"], show.as_bytes()).ok().stdout,
        "['-', 'x'] '' __main__ None None\n"
    );
    assert!(room.run(&["run", "pkg", "y"]).ok().stdout.starts_with("['pkg', 'y']"));
}

#[test]
fn what_follows_the_code_or_the_module_is_the_programs_own() {
    let room = Room::new();
    room.write("tool.py", "import sys; print(sys.argv[1:])");
    assert_eq!(room.run(&["run", "-m", "tool", "--help", "-v"]).ok().stdout, "['--help', '-v']\n");
    assert_eq!(room.run(&["-m", "tool", "--version"]).ok().stdout, "['--version']\n");
    let code = "import sys; print(sys.argv)";
    assert_eq!(room.run(&["run", "-c", code, "--format", "x"]).ok().stdout, "['-c', '--format', 'x']\n");
    assert_eq!(room.run(&["run", "--no-cache", "-c", code, "--", "-O"]).ok().stdout, "['-c', '--', '-O']\n");
    assert_eq!(room.run(&["run", "tool.py", "--help"]).ok().stdout, "['--help']\n");
}

#[test]
fn called_as_python_is_called() {
    let room = Room::new();
    room.write("hello.py", "import sys; print('hello', sys.argv[1:])");
    assert_eq!(room.run(&["hello.py", "x"]).ok().stdout, "hello ['x']\n");
    assert_eq!(room.run(&["-c", "print(1)"]).ok().stdout, "1\n");
    assert_eq!(room.run(&["-I", "-c", "import sys; print(sys.flags.isolated)"]).ok().stdout, "1\n");
    let nested =
        "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'print(6 * 7)'], text=True))";
    assert_eq!(room.run(&["run", "-c", nested]).ok().stdout, "42\n\n");
}

#[test]
fn the_licences_are_shown_and_a_command_is_asked_for() {
    let room = Room::new();
    let licences = room.run(&["--licenses"]).ok().stdout;
    assert!(licences.contains("MIT License") && licences.contains("PYTHON SOFTWARE FOUNDATION LICENSE"));
    assert!(room.run(&["--cache-dir", "x"]).status(2).stderr.contains("no command"));
    assert!(room.run::<&str>(&[]).status(2).stderr.contains("Usage: pyc-rs"));
}

#[test]
fn exit_statuses() {
    for (text, status) in [
        ("pass", 0),
        ("import sys; sys.exit()", 0),
        ("import sys; sys.exit(None)", 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit(-1)", 255),
        ("import sys; sys.exit(True)", 1),
        ("raise SystemExit(7)", 7),
        ("1/0", 1),
        ("x = (", 1),
        ("import os; os._exit(9)", 9),
    ] {
        assert_eq!(code(text).status, Some(status), "{text}");
    }
    let message = code("import sys; print('out'); sys.exit('the reason')").status(1);
    assert_eq!((message.stdout.as_str(), message.stderr.as_str()), ("out\n", "the reason\n"));
}

#[test]
fn a_program_that_cannot_be_opened() {
    let room = Room::new();
    let missing = room.run(&["run", "no/such.py"]).status(2);
    assert!(missing.stderr.contains("cannot open the program no/such.py"), "{}", missing.stderr);
    assert!(room.run(&["run"]).status(2).stderr.contains("no program"));
}

#[test]
fn tracebacks_are_pythons() {
    let room = Room::new();
    let path = room.write("fail.py", "def half(x):\n    return 1 + x / 0\n\nhalf(1)\n");
    let ran = room.run(&["run", "fail.py"]).status(1);
    let path = path.display();
    let wanted = format!(
        "Traceback (most recent call last):\n  File \"{path}\", line 4, in <module>\n    half(1)\n    ~~~~^^^\n  File \"{path}\", line 2, in half\n    return 1 + x / 0\n               ~~^~~\nZeroDivisionError: division by zero\n"
    );
    assert_eq!(ran.stderr, wanted);
    // From the cache, the same.
    assert_eq!(room.run(&["run", "fail.py"]).status(1).stderr, wanted);

    let from_text =
        room.run_with_input(&["run", "-"], b"def f():\n    raise ValueError('no') from KeyError(1)\nf()\n").status(1);
    assert!(
        from_text.stderr.contains("    raise ValueError('no') from KeyError(1)\nValueError: no\n"),
        "{}",
        from_text.stderr
    );
    assert!(from_text.stderr.contains("The above exception was the direct cause"));

    room.write("broken.py", "x = (1 +\n");
    let imported = code_in(&room, "import broken").status(1);
    assert!(
        imported.stderr.ends_with("    x = (1 +\n        ^\nSyntaxError: '(' was never closed\n"),
        "{}",
        imported.stderr
    );
    assert!(!imported.stderr.contains("importlib"), "{}", imported.stderr);
}

fn code_in(room: &Room, text: &str) -> Ran {
    room.run(&["run", "-c", text])
}

#[test]
fn one_artifact_serves_two_paths_and_each_shows_its_own() {
    let room = Room::new();
    for folder in ["one", "two"] {
        room.write(format!("{folder}/same.py"), "def f(): return f.__code__.co_filename\nprint(__file__, f())");
    }
    let one = room.run(&["run", "-v", "one/same.py"]).ok();
    let two = room.run(&["run", "-v", "two/same.py"]).ok();
    assert_eq!(one.compiled_modules(), 1);
    assert_eq!(two.compiled_modules(), 0);
    for (ran, folder) in [(one, "one"), (two, "two")] {
        let path = std::path::absolute(room.path().join(folder).join("same.py")).unwrap();
        assert_eq!(ran.stdout, format!("{0} {0}\n", path.display()));
    }
    assert_eq!(room.objects().len(), 1);
}

#[test]
fn every_imported_module_comes_from_the_cache_the_second_time() {
    let room = Room::new();
    room.write(
        "main.py",
        "import sibling, package.part, space.a.one, space.b.two\nprint(sibling.x + package.part.y)\n",
    );
    room.write("sibling.py", "x = 1");
    room.write("package/__init__.py", "");
    room.write("package/part.py", "from . import other\ny = other.z");
    room.write("package/other.py", "z = 41");
    room.write("space/a/one.py", "");
    room.write("space/b/two.py", "");
    let first = room.run(&["run", "-v", "main.py"]).ok();
    // Seven modules, of which three are empty: one artifact.
    assert_eq!((first.stdout.as_str(), first.compiled_modules()), ("42\n", 5));
    let second = room.run(&["run", "-v", "main.py"]).ok();
    assert_eq!((second.stdout.as_str(), second.compiled_modules()), ("42\n", 0));
    assert!(second.stderr.contains("hit") && second.stderr.contains("package.part"));
    // Nothing is left beside the sources.
    assert!(!room.path().join("__pycache__").exists() && !room.path().join("package/__pycache__").exists());

    room.write("package/other.py", "z = 1");
    let changed = room.run(&["run", "-v", "main.py"]).ok();
    assert_eq!((changed.stdout.as_str(), changed.compiled_modules()), ("2\n", 1));
}

#[test]
fn pythonpath_and_virtual_environments_are_searched() {
    let room = Room::new();
    room.write("extra/added.py", "value = 'from PYTHONPATH'");
    let site = "venv/lib/python3.12/site-packages";
    room.write("venv/pyvenv.cfg", "home = /usr/bin\n");
    room.write(format!("{site}/installed.py"), "value = 'from the environment'");
    room.write(format!("{site}/more.pth"), "elsewhere\n");
    room.write(format!("{site}/elsewhere/linked.py"), "value = 'through a .pth file'");
    let text = "import added, installed, linked, sys; print(added.value, installed.value, linked.value, sys.prefix == sys.base_prefix, sep='|')";
    let mut command = room.command();
    command.args(["run", "-c", text]).env("PYTHONPATH", "extra").env("VIRTUAL_ENV", room.path().join("venv"));
    let ran = Ran::from(command.output().unwrap()).ok();
    assert_eq!(ran.stdout, "from PYTHONPATH|from the environment|through a .pth file|False\n");

    let mut isolated = room.command();
    isolated.args(["run", "-I", "-c", "import added"]).env("PYTHONPATH", "extra");
    assert_eq!(Ran::from(isolated.output().unwrap()).status, Some(1));
}

#[test]
fn introspection_works_for_files_and_for_the_standard_library() {
    let room = Room::new();
    room.write("pkg/__init__.py", "def f():\n    return 1\n");
    room.write("pkg/sub.py", "");
    room.write("pkg/data/text.txt", "some text");
    let text = r#"
import importlib.resources, inspect, json, email, linecache, pkgutil, pkg
print(inspect.getsource(pkg.f), end='')
print(inspect.getsource(json.dumps).splitlines()[0])
print(importlib.resources.files('pkg').joinpath('data/text.txt').read_text())
print(importlib.resources.files('email').joinpath('architecture.rst').is_file())
print(sorted(path.name for path in importlib.resources.files('json').iterdir()))
print([module.name for module in pkgutil.iter_modules(pkg.__path__)], [module.name for module in pkgutil.iter_modules(json.__path__)])
print(linecache.getline(pkg.__file__, 1), end='')
print(type(pkg.__loader__).__name__, pkg.__spec__.origin == pkg.__file__, json.__spec__.submodule_search_locations == json.__path__)
print(pkg.__loader__.get_source('pkg') == open(pkg.__file__).read(), bool(json.__loader__.get_code('json')))
"#;
    let ran = code_in(&room, text).ok();
    assert_eq!(
        ran.stdout,
        "def f():\n    return 1\ndef dumps(obj, *, skipkeys=False, ensure_ascii=True, check_circular=True,\nsome text\nTrue\n['__init__.py', '__main__.py', 'decoder.py', 'encoder.py', 'scanner.py', 'tool.py']\n['sub'] ['__main__', 'decoder', 'encoder', 'scanner', 'tool']\ndef f():\nSourceFileLoader True True\nTrue True\n"
    );
}

#[test]
fn everything_is_flushed_on_every_way_out() {
    let room = Room::new();
    let text = r#"
import atexit, sys, threading, time
class Noisy:
    def __del__(self): print('deleted')
noisy = Noisy()
atexit.register(print, 'at exit')
def work():
    time.sleep(0.1)
    print('thread done')
threading.Thread(target=work).start()
file = open('left-open.txt', 'w')
file.write('kept')
cycle = [file]; cycle.append(cycle)
sys.stdout.write('no newline|')
"#;
    let ran = code_in(&room, text).ok();
    assert_eq!(ran.stdout, "no newline|thread done\nat exit\ndeleted\n");
    assert_eq!(std::fs::read_to_string(room.path().join("left-open.txt")).unwrap(), "kept");

    let failing = code_in(&room, "import atexit\natexit.register(print, 'still')\nprint('before')\n1/0").status(1);
    assert_eq!(failing.stdout, "before\nstill\n");
}

#[test]
fn ctrl_c_is_a_keyboard_interrupt_and_status_130() {
    let room = Room::new();
    let text = "import atexit, time\natexit.register(print, 'at exit', flush=True)\nprint('ready', flush=True)\ntime.sleep(30)";
    let mut child =
        room.command().args(["run", "-c", text]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "at exit");
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.ends_with("KeyboardInterrupt\n"), "{stderr}");
    // Like python, it dies of the signal, which a shell reports as 130.
    use std::os::unix::process::ExitStatusExt as _;
    assert_eq!(child.wait().unwrap().signal(), Some(2));

    let shell = std::process::Command::new("sh")
        .args(["-c", "\"$0\" run -c 'raise KeyboardInterrupt'; echo $?", support::BINARY])
        .env("PYC_RS_CACHE_DIR", room.cache_dir())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&shell.stdout), "130\n");
}

#[test]
fn a_closed_pipe_is_quiet() {
    let room = Room::new();
    for text in
        ["for i in range(100000): print(i)", "print('once')", "import sys; sys.stdout.write('x'); sys.stdout.flush()"]
    {
        let mut child =
            room.command().args(["run", "-c", text]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        child.wait().unwrap();
        assert_eq!(stderr, "", "{text}");
    }
}

#[test]
fn streams_speak_utf_8_unless_told_otherwise() {
    assert_eq!(code("print('é→😀', ascii('\\udc80'))").ok().stdout, "é→😀 '\\udc80'\n");
    let room = Room::new();
    let mut command = room.command();
    command
        .args(["run", "-c", "import sys; print(sys.stdout.encoding, sys.stdout.errors)"])
        .env("PYTHONIOENCODING", "latin-1:replace");
    assert_eq!(Ran::from(command.output().unwrap()).ok().stdout, "latin-1 replace\n");
    let echoed = room.run_with_input(&["run", "-c", "print(input()[::-1])"], "añb\n".as_bytes()).ok();
    assert_eq!(echoed.stdout, "bña\n");
}

#[test]
fn sources_in_other_encodings_run_and_import() {
    let room = Room::new();
    room.write("latin.py", b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n");
    room.write("main.py", b"# coding: cp1252\nimport latin\nprint(latin.name, '\x80')\n");
    assert_eq!(room.run(&["run", "main.py"]).ok().stdout, "café €\n");
    room.write("bad.py", b"x = '\xe9'\n");
    let bad = room.run(&["run", "bad.py"]).status(1);
    assert!(bad.stderr.contains("SyntaxError: Non-UTF-8 code starting with '\\xe9' on line 1"), "{}", bad.stderr);
}

#[test]
fn optimisation_levels_are_separate_artifacts() {
    let room = Room::new();
    room.write("assert.py", "'''doc'''\nassert False, 'checked'\nprint(__doc__, __debug__)");
    assert_eq!(room.run(&["run", "assert.py"]).status(1).stdout, "");
    assert_eq!(room.run(&["run", "-O", "assert.py"]).ok().stdout, "doc False\n");
    assert_eq!(room.run(&["run", "-OO", "assert.py"]).ok().stdout, "None False\n");
    assert_eq!(room.objects().len(), 3);
    assert_eq!(room.run(&["run", "assert.py"]).status(1).stdout, "");
}

#[test]
fn syntax_warnings_come_each_time_a_program_runs() {
    let room = Room::new();
    room.write("warn.py", "print('\\d')\n");
    for _ in 0..2 {
        let ran = room.run(&["run", "warn.py"]).ok();
        assert!(
            ran.stderr.contains("warn.py:1: SyntaxWarning: \"\\d\" is an invalid escape sequence."),
            "{}",
            ran.stderr
        );
    }
    room.run(&["run", "-Werror", "warn.py"]).status(1);
    let escalated = room.run(&["run", "-W", "error", "warn.py"]).status(1);
    assert!(escalated.stderr.contains("SyntaxWarning"), "{}", escalated.stderr);
}

#[test]
fn byte_code_of_other_engines_is_not_run() {
    let room = Room::new();
    // The magic number is the one that this engine would write itself.
    let mut pyc = 3627u16.to_le_bytes().to_vec();
    pyc.extend(b"\r\n");
    pyc.extend([0xff; 64]);
    room.write("__pycache__/mod.cpython-314.pyc", &pyc);
    room.write("mod.py", "x = 'from the source'");
    room.write("only.pyc", &pyc);
    assert_eq!(code_in(&room, "import mod; print(mod.x)").ok().stdout, "from the source\n");
    let refused = code_in(&room, "import only").status(1);
    assert!(refused.stderr.contains("may be written for another engine"), "{}", refused.stderr);
}

#[test]
fn the_cache_can_be_left_out() {
    let room = Room::new();
    room.write("main.py", "import side; print(side.x)");
    room.write("side.py", "x = 1");
    let ran = room.run(&["run", "--no-cache", "-v", "main.py"]).ok();
    assert_eq!(ran.stdout, "1\n");
    assert!(ran.stderr.contains("pyc-rs: off "), "{}", ran.stderr);
    assert!(!room.cache_dir().exists());
}

#[test]
fn the_outcome_as_json() {
    let room = Room::new();
    let outcome = |arguments: &[&str]| {
        let ran = room.run(&[&["run", "--format", "json"], arguments].concat());
        (ran.status, ran.json())
    };
    let (status, value) =
        outcome(&["-c", "import sys\nprint('out')\nprint('err', file=sys.stderr)\n{'a': [1, None, True, 1.5, 'é']}"]);
    assert_eq!(status, Some(0));
    assert_eq!((&value["stdout"], &value["stderr"]), (&"out\n".into(), &"err\n".into()));
    assert_eq!(value["return_value"], "{'a': [1, None, True, 1.5, 'é']}");
    assert_eq!(value["value"], serde_json::json!({"a": [1, null, true, 1.5, "é"]}));
    assert_eq!((&value["error"], &value["cache"]), (&serde_json::Value::Null, &"miss".into()));
    assert!(value["duration_ns"].as_u64().unwrap() > 0 && value["usage"]["peak_memory_bytes"].as_u64().unwrap() > 0);

    let (_, lossy) = outcome(&["-c", "(1, 2)"]);
    assert_eq!((&lossy["return_value"], lossy.get("value")), (&"(1, 2)".into(), None));
    let (_, big) = outcome(&["-c", "2 ** 70"]);
    assert_eq!((&big["return_value"], big.get("value")), (&"1180591620717411303424".into(), None));

    let (status, exit) = outcome(&["-c", "import sys; print('partial'); sys.exit(4)"]);
    assert_eq!((status, &exit["error"]), (Some(4), &serde_json::json!({"type": "Exit", "code": 4})));
    assert_eq!(exit["stdout"], "partial\n");

    let (status, failed) = outcome(&["-c", "def f():\n    return [][1]\nf()"]);
    assert_eq!((status, &failed["error"]["type"]), (Some(1), &"RuntimeError".into()));
    assert_eq!(failed["error"]["exception"], "IndexError");
    assert_eq!(failed["error"]["message"], "list index out of range");
    assert_eq!(
        failed["error"]["frames"][1],
        serde_json::json!({
            "file": "<string>", "line": 2, "col": 12, "end_line": 2, "end_col": 17, "function": "f", "text": "    return [][1]"
        })
    );
    assert!(failed["error"]["traceback"].as_str().unwrap().ends_with("IndexError: list index out of range\n"));

    let (status, syntax) = outcome(&["-c", "x = 1\ny = (2 +"]);
    assert_eq!((status, &syntax["error"]["type"]), (Some(1), &"SyntaxError".into()));
    assert_eq!((&syntax["error"]["line"], &syntax["error"]["text"]), (&2.into(), &"y = (2 +".into()));
}

#[test]
fn a_cache_that_cannot_be_written_costs_a_warning_not_the_run() {
    let room = Room::new();
    std::fs::write(room.cache_dir(), "a file, not a folder").unwrap();
    let ran = room.run(&["run", "-c", "import json; print(json.dumps(1))"]).ok();
    assert_eq!(ran.stdout, "1\n");
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 1, "{}", ran.stderr);

    let mut homeless = room.command();
    // Without the variable, it would be the home folder of the user who runs the tests.
    homeless.args(["run", "-c", "print(2)"]).env_clear().env("HOME", "nowhere");
    assert_eq!(Ran::from(homeless.output().unwrap()).ok().stdout, "2\n");
}

#[test]
fn starting_and_failing_is_quick_to_notice() {
    // Not a measurement: a program that ends must end, whatever it leaves behind.
    let since = Instant::now();
    let text =
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint('done')";
    assert_eq!(code(text).ok().stdout, "done\n");
    assert!(since.elapsed() < Duration::from_secs(30));
}
