//! Bundles: one file with a whole program in it. How they are built and run.

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use support::{
    BINARY, Ran, Room,
    bundles::{built, names, program, rewrite},
};

#[test]
fn a_function_runs_as_the_script_of_an_installer_would() {
    let room = built(&["--entry", "app.cli:main"]);
    let ran = room.run(&["run", "app.pycb", "--flag", "-v", "x"]).ok();
    assert_eq!(ran.stdout, "arguments ['--flag', '-v', 'x']\nversion 1.2\n");
    assert_eq!(ran.stderr, "");
    room.run(&["run", "app.pycb", "--status"]).status(3);
    let failed = room.run(&["run", "app.pycb", "--fail"]).status(1);
    assert!(failed.stderr.ends_with("ValueError: on purpose\n"), "{failed:#?}");
    assert!(failed.stderr.contains("app.pycb/app/cli.py\", line 9, in main"), "{failed:#?}");
    // As `python` is called.
    assert_eq!(room.run(&["app.pycb", "x"]).ok().stdout, "arguments ['x']\nversion 1.2\n");
}

#[test]
fn what_a_function_returns_is_the_status() {
    let room = Room::tidy();
    room.write("m.py", "def none(): pass\ndef one(): return 1\ndef text(): return 'a message'\nclass C:\n @staticmethod\n def f(): return 7\nnot_callable = 1\n");
    for (function, status, stderr) in [("none", 0, ""), ("one", 1, ""), ("text", 1, "a message\n"), ("C.f", 7, "")] {
        let entry = format!("m:{function}");
        room.run(&["compile", "-q", "m.py", "-o", "m.pycb", "--entry", &entry]).ok();
        let ran = room.run(&["run", "m.pycb"]).status(status);
        assert_eq!(ran.stderr, stderr, "{function}");
    }
    for function in ["missing", "not_callable"] {
        let entry = format!("m:{function}");
        room.run(&["compile", "-q", "m.py", "-o", "m.pycb", "--entry", &entry]).ok();
        room.run(&["run", "m.pycb"]).status(1);
    }
}

#[test]
fn what_runs_without_being_named() {
    let room = program();
    // A package with a __main__.
    room.run(&["compile", "-q", "src/app", "-o", "p.pycb"]).ok();
    assert_eq!(room.run(&["run", "p.pycb", "a"]).ok().stdout, "arguments ['a']\nversion 1.2\n");
    // A folder with a __main__.
    room.write("zipapp/__main__.py", "import helper, sys\nprint(__name__, helper.x, sys.argv)\n");
    room.write("zipapp/helper.py", "x = 1\n");
    room.run(&["compile", "-q", "zipapp", "-o", "z.pycb"]).ok();
    assert_eq!(room.run(&["run", "z.pycb", "b"]).ok().stdout, "__main__ 1 ['z.pycb', 'b']\n");
    // One file.
    room.write("my-tool.py", "if __name__ == '__main__':\n    print('a tool', __file__)\n");
    room.run(&["compile", "-q", "my-tool.py", "-o", "t.pycb"]).ok();
    assert!(room.run(&["run", "t.pycb"]).ok().stdout.ends_with("t.pycb/my-tool.py\n"));
    // A script that was named.
    let script = room.write("bin/tool", "#!/usr/bin/env python3\nimport app.cli\nprint('script', __name__)\n");
    room.run(&["compile", "-q", "src", "-o", "s.pycb", "--main", script.to_str().unwrap()]).ok();
    assert_eq!(room.run(&["run", "s.pycb"]).ok().stdout, "script __main__\n");
    // Nothing.
    room.run(&["compile", "-q", "src/space", "-o", "n.pycb"]).ok();
    let ran = room.run(&["run", "n.pycb"]).status(1);
    assert!(ran.stderr.contains("__main__"), "{ran:#?}");
}

#[test]
fn bundles_are_stacked_and_the_first_one_wins() {
    let room = Room::tidy();
    for (name, text) in [("one", "first"), ("two", "second")] {
        room.write(format!("{name}/shared.py"), format!("print('{text}', __file__.split('/')[-2])\n"));
        room.write(format!("{name}/only_{name}.py"), format!("import shared\nprint('only {name}')\n"));
        room.run(&["compile", "-q", name, "-o", &format!("{name}.pycb")]).ok();
    }
    // Neither the current folder nor that of a script comes before a bundle.
    room.write("shared.py", "print('from the folder')\n");
    room.write("script.py", "import only_one, only_two, sys\nprint([p.rsplit('/')[-1] for p in sys.path[:3]])\n");
    let run = |arguments: &[&str]| room.run(&[&["run"], arguments].concat()).ok().stdout;
    assert_eq!(run(&["--bundle", "one.pycb", "--bundle", "two.pycb", "-m", "only_two"]), "first one.pycb\nonly two\n");
    assert_eq!(run(&["--bundle", "two.pycb", "--bundle", "one.pycb", "-m", "only_two"]), "second two.pycb\nonly two\n");
    let all = run(&["--bundle", "two.pycb", "--bundle=one.pycb", "script.py"]);
    assert_eq!(all, "second two.pycb\nonly one\nonly two\n['two.pycb', 'one.pycb', 'work']\n");
    assert_eq!(run(&["--bundle", "one.pycb", "-c", "import only_one"]), "first one.pycb\nonly one\n");
}

#[test]
fn a_bundle_on_the_python_path_is_imported_from() {
    let room = built(&[]);
    let run = |path: &str| {
        let mut command = room.command();
        command.args(["run", "-c", "import app.cli; print(app.__version__)"]).env("PYTHONPATH", path);
        Ran::from(command.output().unwrap())
    };
    let path = room.path().join("app.pycb");
    assert_eq!(run(path.to_str().unwrap()).ok().stdout, "1.2\n");
    let mut bytes = fs::read(&path).unwrap();
    bytes[30] ^= 1;
    rewrite(&path, &bytes);
    let ran = run(path.to_str().unwrap()).status(1);
    assert!(ran.stderr.contains("RuntimeWarning: a bundle is passed over: ") && ran.stderr.contains("app.pycb"));
    assert!(ran.stderr.ends_with("ModuleNotFoundError: No module named 'app'\n"), "{ran:#?}");
}

const INTROSPECTION: &str = r#"
import importlib.resources, importlib.util, inspect, pkgutil, sys
import app, app.cli
from space import part
root = app.__file__.removesuffix('/app/__init__.py')
print(root.rsplit('/')[-1], app.__path__ == [root + '/app'], part.VALUE)
print(app.cli.__spec__.name, app.cli.__spec__.parent, app.cli.__spec__.origin == root + '/app/cli.py')
print(app.cli.__spec__.has_location, type(app.cli.__loader__).__name__, app.cli.__package__)
print([module.name for module in pkgutil.walk_packages([root])])
print(importlib.util.find_spec('app.nothing'))
print(pkgutil.get_data('app', 'data/greeting.txt'))
files = importlib.resources.files('app')
print(sorted(path.name for path in files.iterdir()), files.joinpath('data', 'greeting.txt').read_text(), end='')
with importlib.resources.as_file(files / 'data/greeting.txt') as path:
    print(open(path).read(), end='')
try:
    pkgutil.get_data('app', 'data/none')
except FileNotFoundError as error:
    print(error)
try:
    print(inspect.getsource(app.cli.fail))
except OSError as error:
    print(error)
"#;

#[test]
fn modules_of_a_bundle_know_where_they_are() {
    let room = built(&["--with-source", "--with-data"]);
    room.write("look.py", INTROSPECTION);
    let ran = room.run(&["run", "--bundle", "app.pycb", "look.py"]).ok();
    let path = room.path().join("app.pycb");
    let expected = format!(
        "app.pycb True namespace
app.cli app True
True BundleLoader app
['app', 'app.__main__', 'app.cli']
None
b'hello from a file\\n'
['__init__.py', '__main__.py', 'cli.py', 'data'] hello from a file
hello from a file
[Errno 2] No such file or directory: '{}/app/data/none'
def fail():
    raise ValueError(\"on purpose\")

",
        path.display()
    );
    assert_eq!(ran.stdout, expected);
    // With the source, a traceback shows it.
    let failed = room.run(&["run", "--bundle", "app.pycb", "-m", "app", "--fail"]).status(1);
    assert!(failed.stderr.contains("    raise ValueError(\"on purpose\")\n"), "{failed:#?}");
}

#[test]
fn without_sources_tracebacks_have_lines_but_no_text() {
    let room = built(&["--entry", "app.cli:main"]);
    let failed = room.run(&["run", "app.pycb", "--fail"]).status(1);
    assert!(!failed.stderr.contains("raise ValueError"), "{failed:#?}");
    assert!(failed.stderr.contains("line 13, in fail"), "{failed:#?}");
    room.write("look.py", INTROSPECTION);
    room.run(&["run", "--bundle", "app.pycb", "look.py"]).status(1);
}

#[test]
fn what_is_in_a_bundle() {
    let room = program();
    room.run(&["compile", "-q", "src", "-o", "app.pycb"]).ok();
    let code = ["code app", "code app.__main__", "code app.cli", "code space.part"];
    assert_eq!(names(&room.path().join("app.pycb")), code);
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--with-data", "--with-source"]).ok();
    let mut all: Vec<String> =
        code.iter().flat_map(|code| [(*code).to_owned(), code.replace("code", "source")]).collect();
    all.insert(6, "data app/data/greeting.txt".to_owned());
    assert_eq!(names(&room.path().join("app.pycb")), all);
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--root", ".", "--exclude", "space"]).ok();
    assert_eq!(names(&room.path().join("app.pycb")), ["code src.app", "code src.app.__main__", "code src.app.cli"]);
    // A bundle in the folder is not in itself.
    room.run(&["compile", "-q", "src", "-o", "src/self.pycb", "--with-data"]).ok();
    let first = names(&room.path().join("src/self.pycb"));
    room.run(&["compile", "-q", "src", "-o", "src/self.pycb", "--with-data"]).ok();
    assert_eq!(names(&room.path().join("src/self.pycb")), first);
}

#[test]
fn the_same_sources_are_the_same_bytes() {
    let rooms = [program(), program()];
    let mut bundles = Vec::new();
    for (room, jobs) in rooms.iter().zip(["-j1", "-j7"]) {
        let options = [jobs, "-o", "app.pycb", "--with-source", "--with-data", "--entry", "app.cli:main"];
        room.run(&[&["compile", "-q", "src"][..], &options].concat()).ok();
        bundles.push(fs::read(room.path().join("app.pycb")).unwrap());
        // From the cache, and with it gone; in another order, and from elsewhere.
        room.run(&[&["compile", "-q", "src/space/part.py", "src/app"][..], &["--root", "src"], &options].concat()).ok();
        bundles.push(fs::read(room.path().join("app.pycb")).unwrap());
        let mut command = room.command();
        command.args(["compile", "-q", "."]).args(options).current_dir(room.path().join("src"));
        Ran::from(command.env("PYC_RS_CACHE_DIR", "/dev/null/none").output().unwrap()).ok();
        bundles.push(fs::read(room.path().join("src/app.pycb")).unwrap());
    }
    assert!(bundles.iter().all(|bundle| *bundle == bundles[0]));
}

#[test]
fn options_of_the_compiler_apply() {
    let room = Room::tidy();
    room.write("m.py", "'''Doc.'''\nassert False, 'kept'\nprint(__doc__, __debug__)\n");
    let run = |options: &[&str]| {
        room.run(&[&["compile", "-q", "m.py", "-o", "m.pycb"], options].concat()).ok();
        room.run(&["run", "m.pycb"])
    };
    run(&[]).status(1);
    assert_eq!(run(&["-O"]).ok().stdout, "Doc. False\n");
    assert_eq!(run(&["-OO"]).ok().stdout, "None False\n");
    room.write("m.py", "x = [1, 2] + (1 / 0)\n");
    assert!(run(&["--with-source"]).stderr.contains("~~^~~"));
    let stripped = run(&["--with-source", "--strip-debug"]);
    let end = "    x = [1, 2] + (1 / 0)\nZeroDivisionError: division by zero\n";
    assert!(stripped.stderr.ends_with(end), "{stripped:#?}");
    let info = room.run(&["bundle", "info", "--format", "json", "m.pycb"]).ok().json();
    assert_eq!((&info["debug_columns"], &info["optimize"]), (&false.into(), &0.into()));
}

#[test]
fn a_file_that_fails_is_shown_and_nothing_is_written() {
    let room = program();
    room.write("src/app/broken.py", "def f(:\n");
    let ran = room.run(&["compile", "src", "-o", "app.pycb"]).status(1);
    assert!(ran.stderr.contains("error[SyntaxError]") && ran.stderr.contains("src/app/broken.py:1"), "{ran:#?}");
    assert!(ran.stderr.contains("app.pycb is not written"), "{ran:#?}");
    let left: Vec<_> = fs::read_dir(room.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["src"]);
    // An older bundle stays as it is.
    room.write("app.pycb", "older");
    room.run(&["compile", "-q", "src", "-o", "app.pycb"]).status(1);
    assert_eq!(fs::read(room.path().join("app.pycb")).unwrap(), b"older");
    let json = room.run(&["compile", "src", "-o", "app.pycb", "--format", "json"]).status(1).json();
    assert_eq!((&json["totals"]["failed"], json.get("bundle")), (&1.into(), None));
    room.run(&["compile", "-q", "src", "-o", "app.pycb", "--on-error", "warn"]).ok();
    assert!(!names(&room.path().join("app.pycb")).iter().any(|name| name.contains("broken")));
}

#[test]
fn templates_of_modules_are_data_and_odd_names_are_modules() {
    let room = Room::tidy();
    room.write("src/p/__init__.py", "");
    room.write("src/p/odd-name.py", "print('imported', __name__)\n");
    room.write("src/p/templates/{{name}}.py", "import {{name}}\n");
    room.run(&["compile", "-q", "src", "-o", "p.pycb", "--with-data"]).ok();
    let expected = ["code p", "code p.odd-name", "data p/templates/{{name}}.py"];
    assert_eq!(names(&room.path().join("p.pycb")), expected);
    let code = "import importlib; importlib.import_module('p.odd-name')";
    assert_eq!(room.run(&["run", "--bundle", "p.pycb", "-c", code]).ok().stdout, "imported p.odd-name\n");
}

#[test]
fn two_files_of_one_name_are_an_error_that_names_both() {
    let room = program();
    room.write("other/app/cli.py", "");
    let ran = room.run(&["compile", "src", "other", "-o", "app.pycb"]).status(2);
    assert!(
        ran.stderr.contains("the module `app.cli`: src/app/cli.py and other/app/cli.py")
            || ran.stderr.contains("the module `app.cli`: other/app/cli.py and src/app/cli.py"),
        "{ran:#?}"
    );
    assert!(ran.stderr.contains("hint: "), "{ran:#?}");
    room.write("src/app.py", "");
    let ran = room.run(&["compile", "src", "-o", "app.pycb"]).status(2);
    assert!(ran.stderr.contains("src/app.py") && ran.stderr.contains("src/app/__init__.py"), "{ran:#?}");
    assert!(!room.path().join("app.pycb").exists());
}

#[test]
fn requests_that_make_no_sense() {
    let room = program();
    room.write("t.v2.py", "");
    for arguments in [
        &["compile", "src", "-o", "a.pycb", "--entry", "no.such"][..],
        &["compile", "src", "-o", "a.pycb", "--entry", "app.cli:not a name"],
        &["compile", "src", "-o", "a.pycb", "--entry", "app.cli", "--main", "src/app/cli.py"],
        &["compile", "src", "-o", "a.pycb", "--check"],
        &["compile", "src", "-o", "a.pycb", "--root", "src/app"],
        &["compile", "src", "-o", "a.pycb", "--include-deps"],
        &["compile", "src", "-o", "a.pycb", "--executable=a\nb"],
        &["compile", "t.v2.py", "-o", "a.pycb"],
        &["compile", "no/such", "-o", "a.pycb"],
        &["compile", "src", "--with-source"],
        &["run", "--require-signature", "nonsense", "a.pycb"],
    ] {
        let ran = room.run(arguments).status(2);
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}: {ran:#?}");
        assert!(!room.path().join("a.pycb").exists(), "{arguments:?}");
    }
    for target in ["src", "no/such/folder/a.pycb", "/dev/full"] {
        let ran = room.run(&["compile", "-q", "src", "-o", target]).status(125);
        assert!(ran.stderr.contains(target), "{ran:#?}");
    }
}

#[test]
fn an_executable_bundle_is_a_command() {
    let room = program();
    room.run(&["compile", "-q", "src", "-o", "tool", "--entry", "app.cli:main", "--executable", "--with-source"]).ok();
    let tool = room.path().join("tool");
    assert_eq!(fs::metadata(&tool).unwrap().permissions().mode() & 0o111, 0o111);
    let folder = Path::new(BINARY).parent().unwrap();
    let mut command = Command::new(&tool);
    support::clean(&mut command);
    command.args(["-v", "--version"]).env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    command.env("PYC_RS_CACHE_DIR", room.cache_dir());
    assert_eq!(Ran::from(command.output().unwrap()).ok().stdout, "arguments ['-v', '--version']\nversion 1.2\n");
    let info = room.run(&["bundle", "info", "--format", "json", "tool"]).ok().json();
    assert_eq!(info["command"], "/usr/bin/env pyc-rs");
    // By its own path, for where nothing is on PATH.
    room.run(&["compile", "-q", "src", "-o", "tool", "--entry", "app.cli:main", &format!("--executable={BINARY}")])
        .ok();
    let mut command = Command::new(&tool);
    support::clean(&mut command);
    Ran::from(command.env("PATH", "/nowhere").env("PYC_RS_CACHE_DIR", room.cache_dir()).output().unwrap()).ok();
    room.run(&["bundle", "verify", "tool"]).ok();
}

#[test]
fn a_bundle_needs_nothing_but_itself() {
    let room = built(&["--entry", "app.cli:main", "--with-source", "--with-data"]);
    let script = format!("exec 7< app.pycb && rm app.pycb && exec {BINARY} run /proc/self/fd/7 x");
    let mut command = Command::new("sh");
    support::clean(&mut command);
    // No home, no cache, and a current folder that cannot be read.
    command.args(["-c", &script]).current_dir(room.path()).env_remove("HOME").env_remove("XDG_CACHE_HOME");
    let ran = Ran::from(command.output().unwrap()).ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("arguments ['x']\nversion 1.2\n", ""));
}

#[test]
fn a_bundle_writes_nothing_to_the_cache() {
    let room = built(&["--entry", "app.cli:main"]);
    let before = room.stored();
    let ran = room.run(&["run", "-v", "app.pycb"]).ok();
    assert!(ran.stderr.contains("bundle") && !ran.stderr.contains("miss"), "{ran:#?}");
    assert_eq!(room.stored(), before);
    let outcome = room.run(&["run", "--format", "json", "app.pycb", "--status"]).status(3).json();
    assert_eq!((&outcome["cache"], &outcome["error"]["code"]), (&"bundle".into(), &3.into()));
}

/// Installs a distribution into a virtual environment by hand.
fn install(site: &Path, name: &str, requires: &str, files: &[(&str, &str)]) {
    let info = format!("{name}-1.0.dist-info");
    let mut record = String::new();
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}\n");
    let entry_points = format!("[console_scripts]\n{name} = {name}:main\n");
    let own = [(format!("{info}/METADATA"), metadata), (format!("{info}/entry_points.txt"), entry_points)];
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    for (name, text) in own.into_iter().chain(files) {
        let path = site.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        record += &format!("{name},,\n");
    }
    record += "../../../bin/script,sha256=differs,1\n";
    fs::write(site.join(&info).join("RECORD"), record).unwrap();
    fs::write(site.join(&info).join("INSTALLER"), "by hand").unwrap();
}

fn environment(room: &Room) -> PathBuf {
    let folder = room.path().join("venv");
    let site = folder.join("lib/python3.13/site-packages");
    fs::create_dir_all(&site).unwrap();
    fs::write(folder.join("pyvenv.cfg"), "").unwrap();
    install(
        &site,
        "direct",
        "Requires-Dist: needed>=1\nRequires-Dist: optional; extra == 'x'\n",
        &[
            (
                "direct/__init__.py",
                "import indirect\nfrom importlib.resources import files\ntext = (files('direct') / 't.txt').read_text()\n",
            ),
            ("direct/t.txt", "data of direct"),
            ("direct/fast.cpython-313-x86_64-linux-gnu.so", "machine code"),
            ("direct/old.py", "print 'of Python 2'\n"),
        ],
    );
    install(&site, "indirect", "", &[("indirect.py", "import json\n")]);
    install(&site, "needed", "", &[("needed/plugin.py", "name = 'plugin'\n")]);
    install(&site, "optional", "", &[("optional.py", "")]);
    install(&site, "unrelated", "", &[("unrelated.py", "")]);
    folder
}

const USES: &str = "
import direct, importlib, importlib.metadata as metadata
print(direct.text, importlib.import_module('needed.plugin').name)
print(sorted(found.metadata['Name'] for found in metadata.distributions()), metadata.version('direct'))
print([entry.value for entry in metadata.entry_points(group='console_scripts', name='needed')])
try:
    metadata.version('unrelated')
except metadata.PackageNotFoundError as error:
    print('not there:', error.name)
";

#[test]
fn dependencies_come_along() {
    let room = Room::tidy();
    room.write("tool.py", USES);
    let environment = environment(&room);
    let compile = |more: &[&str]| {
        let mut command = room.command();
        command.args(["compile", "tool.py", "-o", "tool.pycb"]).args(more).env("VIRTUAL_ENV", &environment);
        Ran::from(command.output().unwrap()).ok()
    };
    let ran = compile(&["--include-deps"]);
    assert!(ran.stderr.contains("3 distributions"), "{ran:#?}");
    assert!(ran.stderr.contains("fast.cpython-313-x86_64-linux-gnu.so is left out: it is machine code"), "{ran:#?}");
    assert!(ran.stderr.contains("direct/old.py is left out: "), "{ran:#?}");
    let bytes = fs::read(room.path().join("tool.pycb")).unwrap();
    let all = compile(&["--include-deps=all"]);
    assert!(all.stderr.contains("5 distributions"), "{all:#?}");
    let json = compile(&["--include-deps", "--format", "json"]).json();
    assert_eq!(json["bundle"]["distributions"][0], serde_json::json!({"name": "direct", "version": "1.0"}));
    assert_eq!(json["bundle"]["left_out"][0]["reason"], "native");

    fs::remove_dir_all(&environment).unwrap();
    let ran = room.run(&["run", "tool.pycb"]).ok();
    let expected =
        "data of direct plugin\n['direct', 'indirect', 'needed'] 1.0\n['needed:main']\nnot there: unrelated\n";
    assert_eq!(ran.stdout, expected);

    // Another environment in another folder, installed by another tool.
    let other = Room::tidy();
    other.write("tool.py", USES);
    let folder = self::environment(&other);
    fs::write(folder.join("lib/python3.13/site-packages/direct-1.0.dist-info/INSTALLER"), "another").unwrap();
    let mut command = other.command();
    command.args(["compile", "-q", "tool.py", "-o", "tool.pycb", "--include-deps"]).env("VIRTUAL_ENV", folder);
    Ran::from(command.output().unwrap()).ok();
    assert!(fs::read(other.path().join("tool.pycb")).unwrap() == bytes);
}

#[test]
fn machine_code_among_the_sources_is_named() {
    let room = program();
    room.write("src/app/_speed.cpython-313-x86_64-linux-gnu.so", "\x7fELF");
    let ran = room.run(&["compile", "src", "-o", "app.pycb", "--with-data"]).ok();
    assert!(ran.stderr.contains("src/app/_speed.cpython-313-x86_64-linux-gnu.so is left out"), "{ran:#?}");
    assert!(!names(&room.path().join("app.pycb")).iter().any(|name| name.contains("_speed")));
}

#[test]
fn a_sandbox_runs_no_bundle() {
    let room = built(&["--entry", "app.cli:main"]);
    for arguments in [&["run", "--sandbox", "app.pycb"][..], &["run", "--sandbox", "--bundle", "app.pycb", "-c", "1"]] {
        room.run(arguments).status(2);
    }
}

#[test]
fn namespace_packages_have_their_resources() {
    let room = Room::tidy();
    for (path, content) in [("one/space/a.txt", "a"), ("one/space/deep/b.txt", "b"), ("two/space/c.txt", "c")] {
        room.write(path, content);
    }
    room.write("one/space/part.py", "VALUE = 1\n");
    room.write("two/space/other.py", "VALUE = 2\n");
    room.run(&["compile", "-q", "one", "-o", "one.pycb", "--with-data"]).ok();
    room.write(
        "look.py",
        "import sys
from importlib.resources import files
import space.part, space.other
found = files('space')
print(sorted(path.name for path in found.iterdir() if path.name.endswith('.txt') or path.is_dir()))
print(found.joinpath('a.txt').read_text(), (found / 'deep' / 'b.txt').read_text(), (found / 'c.txt').read_bytes())
print((found / 'none.txt').is_file())
",
    );
    let mut command = room.command();
    command.args(["run", "--bundle", "one.pycb", "look.py"]).env("PYTHONPATH", "two");
    let ran = Ran::from(command.output().unwrap()).ok();
    assert_eq!(ran.stdout, "['a.txt', 'c.txt', 'deep']\na b b'c'\nFalse\n");
    room.write(
        "alone.py",
        "from importlib.resources import files\nprint((files('space.deep') / 'b.txt').read_text())\n",
    );
    assert_eq!(room.run(&["run", "--bundle", "one.pycb", "alone.py"]).ok().stdout, "b\n");
}

#[test]
fn what_python_warns_about_is_told_when_a_bundle_is_made_and_not_when_it_runs() {
    let room = Room::tidy();
    room.write("src/main.py", "print('\\d')\n");
    let made = room.run(&["compile", "-v", "src/main.py", "-o", "main.pycb"]).ok();
    assert!(made.stderr.contains("SyntaxWarning"), "{made:#?}");
    let ran = room.run(&["run", "-W", "error", "main.pycb"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("\\d\n", ""), "{ran:#?}");
}
