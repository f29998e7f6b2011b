//! Starting from an image is starting plainly, only sooner.

#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

mod support;

use std::{
    collections::HashSet,
    fs,
    io::{Read as _, Write as _},
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt as _, net::UnixStream},
    },
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

use pyc_rs_runtime::image::{Class, variables};
use support::{BINARY, Ran, Room};

/// One default image, made once for all tests here.
fn image() -> &'static PathBuf {
    static IMAGE: OnceLock<(Room, PathBuf)> = OnceLock::new();
    let (_, path) = IMAGE.get_or_init(|| {
        let room = Room::tidy();
        let built = room.run(&["image", "build", "--format", "json"]).ok().json();
        let path = PathBuf::from(built["path"].as_str().unwrap());
        (room, path)
    });
    path
}

/// A command that must start from the image.
fn restored(room: &Room) -> Command {
    let mut command = room.command();
    command.args(["run", "-v", "--image"]).arg(image()).stdin(Stdio::null());
    command
}

fn finish(command: &mut Command) -> Ran {
    let ran = Ran::from(command.output().unwrap());
    assert!(ran.stderr.contains("started from an image"), "{}", ran.stderr);
    ran
}

fn run(code: &str) -> String {
    finish(restored(&Room::tidy()).args(["-c", code])).ok().stdout
}

#[test]
fn hello() {
    assert_eq!(run("import sys; print('hello', sys.argv)"), "hello ['-c']\n");
}

#[test]
fn every_variable_is_classified() {
    let file = fs::read(BINARY).unwrap();
    let variables = variables(&file).unwrap();
    let unknown: Vec<_> = variables.iter().filter(|variable| variable.class == Class::Unknown).collect();
    assert!(unknown.is_empty(), "classify these in runtime/src/image/policy.rs: {unknown:#?}");
    assert!(variables.iter().any(|variable| variable.thread_local && variable.class == Class::Image));
}

#[test]
fn what_programs_use_lies_together() {
    let room = Room::tidy();
    let said = room.run(&["image", "record", "--output", "small.pyci", "json", "argparse", "enum"]).ok().json();
    let number = |at: usize| said["placed"][at].as_u64().unwrap();
    // Nearly all of it: the two recordings took the same blocks.
    assert!(number(1) > 500_000 && number(0) * 20 > number(1) * 19, "{said}");
    assert_eq!(said["warmed"], true, "{said}");
    let code = "import json, argparse; print(json.dumps([1]))";
    let ran = room.run(&["run", "-v", "--image", "small.pyci", "-c", code]).ok();
    assert_eq!(ran.stdout, "[1]\n");
    assert!(ran.stderr.contains("started from an image"), "{}", ran.stderr);
}

/// Compares the code in this process's memory with that of its program's file.
const CODE: &str = "import sys
with open('/proc/self/maps') as maps:
    lines = [line.split() for line in maps if ' r-xp ' in line]
own = [line for line in lines if line[-1] in (sys.executable, sys.argv[1])]
spans = [[int(end, 16) for end in line[0].split('-')] for line in own]
distance = next(start - int(line[2], 16) for (start, _), line in zip(spans, own) if line[-1] == sys.executable)
with open(sys.executable, 'rb') as program, open('/proc/self/mem', 'rb', buffering=0) as memory:
    for start, end in spans:
        program.seek(start - distance)
        memory.seek(start)
        assert program.read(end - start) == memory.read(end - start), own
assert all(before[1] == after[0] for before, after in zip(spans, spans[1:])), own
print(sum(line[-1] == sys.argv[1] for line in own))";

#[test]
fn code_that_comes_with_an_image_is_the_program_s() {
    let room = Room::tidy();
    let program = room.write("code.py", CODE);
    let mapped = finish(restored(&room).arg(&program).arg(image())).ok().stdout;
    // Whether there is some depends on the file system.
    let has_code = fs::metadata(image()).unwrap().len() > 96 << 20;
    assert_eq!(mapped, if has_code { "1\n" } else { "0\n" });
}

#[test]
fn what_modules_register_for_the_exit_is_of_programs_that_import_them() {
    let code = "import atexit, sys
print(atexit._ncallbacks())
import logging, multiprocessing.util
print(atexit._ncallbacks())
atexit.register(print, 'own')
logging.getLogger('tool').error('%s', 'logged')
handler = logging.lastResort
handler.flush = lambda: print('flushed')";
    let plain = Room::tidy().run(&["run", "--no-image", "-c", code]).ok();
    let there = finish(restored(&Room::tidy()).args(["-c", code])).ok();
    assert_eq!(there.stdout, plain.stdout);
    assert!(there.stdout.starts_with("0\n") && there.stdout.contains("own\n"), "{}", there.stdout);
}

#[test]
fn what_must_differ_differs() {
    let code = "import random, uuid, secrets, os, tempfile, time, multiprocessing.process as p
print(random.random(), random.Random().random(), uuid.uuid4(), uuid.uuid1(), secrets.token_hex(), os.urandom(8),
      tempfile.mktemp(), time.time_ns(), os.getpid(), p.current_process().authkey, sep='\\n')";
    let (first, second) = (run(code), run(code));
    for (one, other) in first.lines().zip(second.lines()) {
        assert_ne!(one, other);
    }
    assert_eq!(first.lines().count(), 10);
}

#[test]
fn what_modules_consist_of_lasts_and_what_a_program_makes_does_not() {
    let code = "import gc, json, logging, sys, weakref
IMMORTAL = 0xffffffff
lasting = json, json.JSONEncoder, json.dumps, json.dumps.__code__, json.dumps.__doc__, json.__dict__
print([sys.getrefcount(each) == IMMORTAL for each in lasting], sys.getrefcount(logging.root) < 1000)
class Mine(json.JSONEncoder): pass
made = [Mine, Mine(), logging.Logger('mine'), lambda: 0]
watched = [weakref.ref(each) for each in made]
json.kept = made
json.dumps.kept = made[1]
del made, Mine, json.kept, json.dumps.kept
gc.unfreeze()
gc.collect()
print([watch() is None for watch in watched], json.JSONEncoder.__subclasses__())";
    let all = |number: usize| format!("[{}]", ["True"; 6][..number].join(", "));
    assert_eq!(run(code), format!("{} True\n{} []\n", all(6), all(4)));
}

#[test]
fn the_start_of_each_process_counts() {
    let room = Room::tidy();
    room.write("tool/helper.py", "WHO = 'mine'");
    room.write("tool/random.py", "WHO = 'mine too'");
    room.write("tool/main.py", "import sys, os, helper, random\nprint(sys.argv[1:], sys.path[0], helper.WHO, random.WHO, os.getcwd(), os.environ['NEW'], sys.orig_argv[-1])");
    let ran = finish(restored(&room).arg("tool/main.py").arg("x").env("NEW", "value"));
    let work = room.path().canonicalize().unwrap();
    let work = work.display();
    assert_eq!(ran.ok().stdout, format!("['x'] {work}/tool mine mine too {work} value x\n"));
}

#[test]
fn modules_are_out_of_sight_until_they_are_imported() {
    let code = "import sys
before = set(sys.modules)
print('json' in before, 'json.decoder' in before, 'asyncio' in before)
import json
print('json' in sys.modules, 'json.decoder' in sys.modules, 're' in sys.modules, 'asyncio' in sys.modules)
import importlib
print(hasattr(importlib, 'metadata'))
import importlib.metadata
print(hasattr(importlib, 'metadata'))
first = json
del sys.modules['json']
import json
print(first is json, importlib.reload(json) is json, json.loads('[1]'))";
    assert_eq!(run(code), "False False False\nTrue True True False\nFalse\nTrue\nFalse True [1]\n");
}

#[test]
fn threads_processes_signals_and_the_rest_work() {
    let code = "import threading, subprocess, sys, os, signal, asyncio, time, sqlite3, socket, ctypes, concurrent.futures
seen = []
t = threading.Thread(target=lambda: seen.append(threading.current_thread().name)); t.start(); t.join()
print(seen, threading.main_thread() is threading.current_thread(), threading.get_ident() == threading.main_thread().ident)
print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout.strip())
pid = os.fork()
if pid == 0: os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
signal.signal(signal.SIGUSR1, lambda *a: print('signal')); os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.01)
try:
    os.kill(os.getpid(), signal.SIGINT); time.sleep(1)
except KeyboardInterrupt: print('interrupt')
async def main():
    await asyncio.sleep(0.001); return await asyncio.gather(asyncio.sleep(0, 1), asyncio.to_thread(lambda: 2))
print(asyncio.run(main()))
db = sqlite3.connect(':memory:'); print(db.execute('select 1 + 1').fetchone())
print(bool(socket.getaddrinfo('localhost', 80)))
print(ctypes.CDLL(None).abs(-3))
with concurrent.futures.ThreadPoolExecutor(4) as pool: print(sum(pool.map(lambda x: x * x, range(100))))
def deep(n): return deep(n + 1)
try: deep(0)
except RecursionError: print('deep')";
    let said = run(code);
    assert_eq!(
        said,
        "['Thread-1 (<lambda>)'] True True\n42\n7\nsignal\ninterrupt\n[1, 2]\n(2,)\nTrue\n3\n328350\ndeep\n"
    );
}

#[test]
fn odd_surroundings() {
    let room = Room::tidy();
    let shell = |setup: &str| {
        let mut command = Command::new("sh");
        support::clean(&mut command);
        let script = format!("{setup} \"$1\" run -v --image \"$2\" -c 'import json; print(json.dumps([1]))'");
        command.args(["-c", &script, "sh", BINARY]).arg(image()).env("PYC_RS_CACHE_DIR", room.cache_dir());
        let ran = Ran::from(command.output().unwrap());
        assert!(ran.stderr.contains("started from an image"), "{setup}: {}", ran.stderr);
        assert_eq!(ran.ok().stdout, "[1]\n", "{setup}");
    };
    for setup in [
        "",
        "ulimit -s 512;",
        "ulimit -s unlimited;",
        "ulimit -v 4000000;",
        "PYTHONUNBUFFERED=1",
        "PYTHON_VERSION=3.13",
        "unset HOME; cd /;",
        "setarch -R",
        "env -i",
        "ulimit -n 16;",
        "exec 0<&-;",
        "nohup",
    ] {
        shell(setup);
    }
}

#[test]
fn streams_are_unbuffered_if_asked_for() {
    let code = "import os; print('written'); os._exit(0)";
    let said = |command: &mut Command| finish(command.args(["-c", code])).ok().stdout;
    let room = Room::tidy();
    assert_eq!(said(&mut restored(&room)), "");
    assert_eq!(said(restored(&room).arg("-u")), "written\n");
    assert_eq!(said(restored(&room).env("PYTHONUNBUFFERED", "1")), "written\n");
}

/// Tells all about its streams, and prints before and after it has put others in their place.
const STREAMS: &str = r"
import io, json, os, sys

def describe(stream):
    buffer = stream.buffer
    raw = getattr(buffer, 'raw', buffer)
    try:
        # How much is in front of it depends on what is said about the image.
        place = stream.tell() if stream is not sys.stderr else None
    except OSError as error:
        place = str(error)
    return [repr(stream), repr(raw), type(buffer).__name__, stream.mode, stream.errors, stream.newlines,
            stream.line_buffering, stream.write_through, stream.seekable(), stream.readable(), stream.writable(),
            stream.isatty(), stream.fileno(), stream.closed, raw.closefd, raw.seekable(), raw._blksize, place,
            sorted(vars(stream)), sorted(vars(raw))]

told = [describe(getattr(sys, name)) for name in ('stdin', 'stdout', 'stderr')]
same = [getattr(sys, name) is getattr(sys, f'__{name}__') for name in ('stdin', 'stdout', 'stderr')]
with open(sys.argv[1], 'w') as file:
    json.dump([told, same, sys.stdin.read()], file)
print('grüße', file=sys.stderr)
print('printed, and not flushed')
sys.stdout = io.StringIO()
print('into nothing')
";

#[test]
fn streams_are_those_of_a_plain_start() {
    let room = Room::tidy();
    let new = |name: &str| fs::File::create(room.path().join(name)).unwrap();
    fs::write(room.path().join("input"), "from a file").unwrap();
    // What is behind standard input, and behind what is printed; the locale decides about errors.
    let [kept, strict] = ["C", "de_DE.UTF-8"];
    for (input, output, locale) in [
        ("null", "pipe", kept),
        ("pipe", "null", kept),
        ("pipe", "pipe", strict),
        ("null", "null", strict),
        ("input", "file", kept),
        ("pipe", "file", strict),
        ("null", "socket", strict),
    ] {
        let ran = [true, false].map(|is_restored| {
            let mut command = room.command();
            command.args(["run", "-c", STREAMS, "told.json"]).env("PYC_RS_IMAGE", "off");
            if is_restored {
                command = restored(&room);
                command.args(["-c", STREAMS, "told.json"]);
            }
            command.env("LC_ALL", locale).stdin(match input {
                "null" => Stdio::null(),
                "pipe" => Stdio::piped(),
                file => fs::File::open(room.path().join(file)).unwrap().into(),
            });
            let (mut ours, theirs) = UnixStream::pair().unwrap();
            let theirs = OwnedFd::from(theirs);
            let mut started = match output {
                "null" => command.stdout(Stdio::null()).stderr(Stdio::null()).spawn(),
                "pipe" => command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn(),
                "socket" => command.stdout(theirs.try_clone().unwrap()).stderr(Stdio::piped()).spawn(),
                file => command.stdout(new(file)).stderr(new("errors")).spawn(),
            }
            .unwrap();
            drop((command, theirs));
            if let Some(mut input) = started.stdin.take() {
                input.write_all(b"from a pipe").unwrap();
            }
            let ran = started.wait_with_output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
            let mut sent = String::new();
            ours.read_to_string(&mut sent).unwrap();
            let printed = match output {
                "file" => fs::read_to_string(room.path().join("file")).unwrap(),
                "socket" => sent,
                _ => String::from_utf8(ran.stdout).unwrap(),
            };
            (fs::read_to_string(room.path().join("told.json")).unwrap(), printed)
        });
        let [(restored, printed), (plain, printed_plainly)] = ran;
        assert_eq!(restored, plain, "{input} {output}");
        assert_eq!(printed, printed_plainly);
        assert_eq!(printed, if output == "null" { "" } else { "printed, and not flushed\n" });
    }
}

/// The image in another place, changed by `change`.
fn refused(change: impl FnOnce(&PathBuf)) -> String {
    let room = Room::tidy();
    let copy = room.path().join("copy.pyci");
    fs::copy(image(), &copy).unwrap();
    change(&copy);
    let mut command = room.command();
    let ran = Ran::from(command.args(["run", "-v", "--image"]).arg(&copy).args(["-c", "print(1)"]).output().unwrap());
    let ran = ran.ok();
    assert_eq!(ran.stdout, "1\n");
    ran.stderr
}

fn mode(path: &PathBuf, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_not_ours_alone_is_refused() {
    assert!(refused(|path| mode(path, 0o400)).contains("started from an image"));
    assert!(refused(|path| mode(path, 0o600)).contains("mode is not 0400"));
    assert!(refused(|path| fs::remove_file(path).unwrap()).contains("cannot read the image"));
    let rewrite = |path: &PathBuf, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::remove_file(path).unwrap();
        fs::write(path, bytes).unwrap();
        mode(path, 0o400);
    };
    assert!(refused(|path| rewrite(path, &|bytes| bytes.truncate(bytes.len() - 4096))).contains("truncated"));
    assert!(refused(|path| rewrite(path, &|bytes| bytes.truncate(50))).contains("truncated"));
    assert!(refused(|path| rewrite(path, &|bytes| bytes.clear())).contains("truncated"));
    assert!(refused(|path| rewrite(path, &|bytes| bytes[0] ^= 1)).contains("not an image"));
    assert!(refused(|path| rewrite(path, &|bytes| bytes[50] ^= 1)).contains("another build"));
}

#[test]
fn switches_and_variables_that_change_the_start_make_it_a_plain_one() {
    let room = Room::tidy();
    for switch in ["-O", "-I", "-E", "-S", "-s", "-P", "-Wdefault", "-Xdev"] {
        let mut command = room.command();
        command.args(["run", switch, "-v", "--image"]).arg(image()).args(["-c", "print(1)"]);
        let ran = Ran::from(command.output().unwrap()).ok();
        assert!(ran.stderr.contains("no image: a switch"), "{switch}: {}", ran.stderr);
    }
    let ran =
        Ran::from(restored(&room).args(["-c", "print(hash('a'))"]).env("PYTHONHASHSEED", "1").output().unwrap()).ok();
    assert!(ran.stderr.contains("PYTHONHASHSEED"), "{}", ran.stderr);
}

#[test]
fn many_starts() {
    let room = Room::tidy();
    let one = || {
        Ran::from(
            restored(&room)
                .args(["-c", "import re, json; print(json.dumps(re.findall('a', 'aba')))"])
                .output()
                .unwrap(),
        )
    };
    for _ in 0..2000 {
        assert_eq!(one().ok().stdout, "[\"a\", \"a\"]\n");
    }
    let children: Vec<_> = (0..200)
        .map(|_| restored(&room).args(["-c", "print(2)"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    let said: HashSet<_> = children.into_iter().map(|child| child.wait_with_output().unwrap().stdout).collect();
    assert_eq!(said, HashSet::from([b"2\n".to_vec()]));
}

/// What a program sees of the modules of the default image: their names and, where they
/// are plain data, their values.
const STATE: &str = "import importlib, sys, json
def plain(value, depth=0):
    kind = type(value)
    if value is None or kind in (bool, int, float, str, bytes, range):
        return repr(value)
    if depth < 4 and kind in (list, tuple):
        return [kind.__name__] + [plain(item, depth + 1) for item in value]
    if depth < 4 and kind in (set, frozenset):
        return [kind.__name__] + sorted(str(plain(item, depth + 1)) for item in value)
    if depth < 4 and kind is dict:
        return sorted([str(plain(key, depth + 1)), str(plain(item, depth + 1))] for key, item in value.items())
    return kind.__name__
state = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        state[name] = repr(error)
for name, module in sorted(sys.modules.items()):
    if name != '__main__' and hasattr(module, '__dict__'):
        for key, value in list(module.__dict__.items()):
            state[f'{name}.{key}'] = plain(value)
print(json.dumps(state))";

/// What may differ, and why.
const DIFFERENCES: [(&str, &str); 5] = [
    ("logging._startTime", "the time of this start"),
    ("posix.environ", "names the image, here"),
    ("re._cache", "holds patterns of modules that this program did not use"),
    ("re._cache2", "as re._cache"),
    ("threading._active", "the address of this process's thread"),
];

#[test]
fn modules_have_the_state_that_they_have_after_a_plain_start() {
    let room = Room::tidy();
    let program = room.write("state.py", STATE);
    let info = Ran::from(room.command().args(["image", "info", "--format", "json"]).arg(image()).output().unwrap());
    let info = info.ok().json();
    let modules: Vec<&str> =
        info["info"]["modules"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(modules.len() > 200, "{modules:?}");
    let state = |image: &std::ffi::OsStr| {
        let mut command = room.command();
        command.arg("run").arg(&program).args(&modules).env("PYC_RS_IMAGE", image);
        Ran::from(command.output().unwrap()).ok().json().as_object().unwrap().clone()
    };
    let plain = state("off".as_ref());
    let there = state(image().as_ref());
    let names: std::collections::BTreeSet<&String> = plain.keys().chain(there.keys()).collect();
    let differences: Vec<String> = names
        .into_iter()
        .filter(|name| plain.get(*name) != there.get(*name))
        .filter(|name| !DIFFERENCES.iter().any(|(known, _)| known == name))
        .map(|name| format!("{name}: {:?}, restored {:?}", plain.get(name), there.get(name)))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn multiprocessing_works() {
    let room = Room::tidy();
    let program = room.write(
        "work.py",
        "import multiprocessing as mp, os, random
def work(x): return x * x
def tell(queue): queue.put((os.getpid(), random.random()))
if __name__ == '__main__':
    for way in 'fork', 'spawn':
        context = mp.get_context(way)
        queue = context.SimpleQueue()
        workers = [context.Process(target=tell, args=(queue,)) for _ in range(3)]
        for worker in workers: worker.start()
        told = [queue.get() for _ in workers]
        for worker in workers: worker.join()
        print(way, len({pid for pid, _ in told} - {os.getpid()}), [worker.exitcode for worker in workers])
",
    );
    let ran = finish(restored(&room).arg(&program)).ok();
    assert_eq!(ran.stdout, "fork 3 [0, 0, 0]\nspawn 3 [0, 0, 0]\n");
}

#[test]
fn the_first_run_makes_the_default_image() {
    let room = Room::tidy();
    let run =
        || Ran::from(room.command().args(["run", "-v", "-c", "print(1)"]).env_remove("PYC_RS_IMAGE").output().unwrap());
    assert!(run().ok().stderr.contains("no image yet: one is made after this run"));
    let mut waited = 0;
    while !run().ok().stderr.contains("started from an image") {
        waited += 1;
        assert!(waited < 1200, "no image in two minutes: {:?}", room.run(&["image", "list"]).stdout);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let ran = Ran::from(room.command().args(["run", "-v", "--no-image", "-c", "print(1)"]).output().unwrap()).ok();
    assert!(ran.stderr.contains("no image: it is switched off"), "{}", ran.stderr);
    // One that is of no use is made anew.
    let image = room.run(&["image", "list", "--format", "json"]).ok().json()["images"][0]["path"].clone();
    let image = PathBuf::from(image.as_str().unwrap());
    mode(&image, 0o600);
    fs::write(&image, b"torn").unwrap();
    mode(&image, 0o400);
    assert!(run().ok().stderr.contains("no image: truncated"));
    let mut waited = 0;
    while !run().ok().stderr.contains("started from an image") {
        waited += 1;
        assert!(waited < 1200, "no new image in two minutes");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn every_module_of_the_standard_library_can_be_imported() {
    let names = "import sys
for name in sorted(sys.builtin_module_names + tuple(sys.stdlib_module_names)):
    if name in ('antigravity', 'this', 'idlelib'): continue
    try: __import__(name)
    except BaseException as error: print(name, type(error).__name__)
";
    let room = Room::tidy();
    let program = room.write("all.py", names);
    let restored = finish(restored(&room).arg(&program)).ok();
    let plain = Ran::from(room.command().args(["run", "--no-image"]).arg(&program).output().unwrap()).ok();
    assert_eq!(restored.stdout, plain.stdout);
}

/// The program with another build id, as a build that differs has.
fn rebuilt(program: &PathBuf) {
    let mut bytes = fs::read(program).unwrap();
    // Lengths of name and content, type 3, name: the head of the note with the build id.
    let head = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0";
    let note = bytes.windows(head.len()).position(|window| window == head).expect("there is a build id of 20 bytes");
    bytes[note + head.len()] ^= 1;
    fs::remove_file(program).unwrap();
    fs::write(program, bytes).unwrap();
    mode(program, 0o755);
}

#[test]
fn another_build_refuses_the_image_and_makes_its_own() {
    let room = Room::tidy();
    let program = room.path().join("pyc-rs");
    fs::copy(BINARY, &program).unwrap();
    let call = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        support::clean(&mut command);
        command.args(arguments).env("PYC_RS_CACHE_DIR", room.cache_dir()).env("PYC_RS_IMAGE", "on");
        Ran::from(command.output().unwrap()).ok()
    };
    let run = || call(&["run", "-v", "-c", "print(1)"]).stderr;
    let images = || call(&["image", "list", "--format", "json"]).json()["images"].as_array().unwrap().clone();
    call(&["image", "build"]);
    assert!(run().contains("started from an image"));
    let before = images();
    rebuilt(&program);
    call(&["image", "build"]);
    assert!(run().contains("started from an image"));
    let after = images();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before[0]["path"], after[0]["path"]);
}

#[test]
fn other_users_and_programs_with_more_rights_take_no_image() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not tried: becoming another user takes root");
        return;
    }
    let room = Room::tidy();
    let program = room.path().join("pyc-rs");
    fs::copy(BINARY, &program).unwrap();
    for folder in [room.path().to_owned(), room.path().parent().unwrap().to_owned()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let copy = room.path().join("copy.pyci");
    fs::copy(image(), &copy).unwrap();
    let as_nobody = |program_mode: u32, image_mode: u32| {
        mode(&program, program_mode);
        mode(&copy, image_mode);
        let mut command = Command::new("setpriv");
        support::clean(&mut command);
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        Ran::from(command.args(["run", "-v", "--image"]).arg(&copy).args(["-c", "print(1)"]).output().unwrap()).ok()
    };
    let other = as_nobody(0o755, 0o444);
    assert!(other.stderr.contains("belongs to another user"), "{}", other.stderr);
    let privileged = as_nobody(0o4755, 0o400);
    assert!(privileged.stderr.contains("rights that its user has not"), "{}", privileged.stderr);
    assert_eq!((other.stdout, privileged.stdout), ("1\n".to_owned(), "1\n".to_owned()));
}

#[test]
fn an_application_image_follows_its_sources() {
    let room = Room::tidy();
    let module = room.write("lib/app_module.py", "import json\nVALUE = 1");
    room.write("main.py", "import app_module\nprint(app_module.VALUE)");
    let lib = room.path().join("lib");
    let build = || {
        let mut command = room.command();
        command.args(["image", "build", "--preload", "app_module", "-o", "app.pyci"]).env("PYTHONPATH", &lib);
        command.env("TOKEN", "of-the-maker-alone");
        Ran::from(command.output().unwrap()).ok();
    };
    let run = || {
        let mut command = room.command();
        command.args(["run", "-v", "--image", "app.pyci", "main.py"]).env("PYTHONPATH", &lib);
        Ran::from(command.output().unwrap()).ok()
    };
    build();
    let held =
        Command::new("grep").args(["-q", "of-the-maker-alone"]).arg(room.path().join("app.pyci")).status().unwrap();
    assert!(!held.success(), "the image holds the environment that it was made in");
    let first = run();
    assert!(first.stderr.contains("started from an image"), "{}", first.stderr);
    assert_eq!(first.stdout, "1\n");
    fs::write(&module, "VALUE = 2").unwrap();
    let stale = run();
    assert!(stale.stderr.contains("stale") && stale.stderr.contains("hint"), "{}", stale.stderr);
    assert_eq!(stale.stdout, "2\n");
    build();
    assert_eq!(run().stdout, "2\n");
}

#[test]
fn what_the_program_froze_is_flushed() {
    let room = Room::tidy();
    let script = "import gc, sys
sys.kept = open('kept.txt', 'w')
sys.kept.write('kept')
gc.freeze()";
    room.write("main.py", script);
    finish(restored(&room).arg("main.py")).ok();
    assert_eq!(fs::read_to_string(room.path().join("kept.txt")).unwrap(), "kept");
}

#[test]
fn streams_and_libraries_that_modules_keep_are_those_of_the_process() {
    let room = Room::tidy();
    room.write(
        "lib/keeper.py",
        r"
import ctypes, sys, logging
from sys import stdout

handler = logging.StreamHandler()
streams = {'out': [sys.stdout]}

def default(text, to=sys.stdout, *, also=sys.stderr):
    to.write(text)
    also.write('also ' + text)

def inner(stream=None):
    held = sys.stdout
    return lambda text: held.write(text)

closure = inner()

class Holder:
    out = sys.stdout
    def __init__(self):
        self.err = sys.stderr

holder = Holder()
",
    );
    room.write(
        "main.py",
        "import sys, io
sys.stdout = kept = io.StringIO()
import keeper
sys.stdout = sys.__stdout__
assert keeper.stdout is kept and keeper.streams['out'][0] is kept and keeper.Holder.out is kept
keeper.default('default\\n'); keeper.closure('closure\\n')
assert keeper.holder.err is sys.stderr and keeper.handler.stream is sys.stderr
import ctypes, os
assert ctypes.CDLL(None).getpid() == ctypes.pythonapi.getpid() == os.getpid()
print(repr(kept.getvalue()))",
    );
    room.write("lib/keeper_for_good.py", "import sys\npair = (sys.stdin, 1)\n");
    let lib = room.path().join("lib");
    let build = |module: &str| {
        let mut command = room.command();
        command.args(["image", "build", "--preload", module, "-o", "app.pyci"]).env("PYTHONPATH", &lib);
        Ran::from(command.output().unwrap())
    };
    build("keeper").ok();
    for switches in [&["--image", "app.pyci"][..], &["--no-image"]] {
        let mut command = room.command();
        command.args(["run", "-v"]).args(switches).arg("main.py").env("PYTHONPATH", &lib);
        let ran = Ran::from(command.output().unwrap()).ok();
        assert_eq!(ran.stderr.contains("started from an image"), switches[0] == "--image", "{}", ran.stderr);
        assert_eq!(ran.stdout, "'default\\nclosure\\n'\n");
        assert!(ran.stderr.contains("also default"), "{}", ran.stderr);
    }
    let refused = build("keeper_for_good");
    assert_eq!(refused.status, Some(125));
    assert!(refused.stderr.contains("keeper_for_good keeps sys.stdin"), "{}", refused.stderr);
}

#[test]
fn images_are_listed_checked_and_removed() {
    let room = Room::tidy();
    room.run(&["image", "build"]).ok();
    let list = room.run(&["image", "list", "--format", "json"]).ok().json();
    assert_eq!(list["images"][0]["state"], "usable");
    room.run(&["image", "verify"]).ok();
    let info = room.run(&["image", "info", "--format", "json"]).ok().json();
    assert!(info["info"]["modules"].as_array().unwrap().iter().any(|name| name == "json"));
    let ran =
        Ran::from(room.command().args(["run", "-v", "-c", "print(1)"]).env("PYC_RS_IMAGE", "on").output().unwrap());
    assert!(ran.stderr.contains("started from an image"), "{}", ran.stderr);
    room.run(&["image", "clear"]).ok();
    assert_eq!(room.run(&["image", "list", "--format", "json"]).ok().json()["images"], serde_json::json!([]));
}
