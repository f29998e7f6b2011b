//! What the start leaves out is there when a program asks for it.

mod support;

use support::{Ran, Room};

fn code(text: &str) -> Ran {
    Room::new().run(&["run", "-c", text])
}

#[test]
fn nothing_that_hardly_any_program_uses_is_imported_at_start() {
    let shown = code(
        "import sys; print([name for name in ('site', 'os', 'ast', '_ast', 'locale', 'zipimport', 'encodings', 'codecs', 'encodings_utf_8') if name in sys.modules])",
    );
    assert_eq!(shown.ok().stdout, "[]\n");
}

#[test]
fn compile_makes_syntax_trees_before_anything_has_imported_their_classes() {
    let shown = code(
        "tree = compile('x = 1', 'f', 'exec', 0x400)\nprint(type(tree), type(tree).__module__)\nexec(compile(tree, 'f', 'exec'))\nprint(x)",
    );
    assert_eq!(shown.ok().stdout, "<class 'ast.Module'> ast\n1\n");
}

#[test]
fn the_syntax_tree_module_is_whole_when_it_is_imported() {
    let shown = code(
        "import _ast, ast, sys\nprint(len(vars(_ast)) > 100, ast.Module is _ast.Module, ast.literal_eval('{1: [2, (3,)]}'))\nprint(ast.unparse(ast.parse('a+b')), sys.modules['_ast'] is _ast)",
    );
    assert_eq!(shown.ok().stdout, "True True {1: [2, (3,)]}\na + b True\n");
}

#[test]
fn compile_is_the_function_that_it_was() {
    let shown = code(
        "import inspect, pickle\nprint(compile, compile.__module__, compile.__qualname__, compile.__self__)\nprint(inspect.signature(compile))\nprint(pickle.loads(pickle.dumps(compile)) is compile)",
    );
    assert_eq!(
        shown.ok().stdout,
        "<built-in function compile> builtins compile <module 'builtins' (built-in)>\n(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)\nTrue\n"
    );
}

#[test]
fn exit_and_quit_end_a_program() {
    let room = Room::new();
    assert_eq!(room.run(&["run", "-c", "exit(3)"]).status, Some(3));
    assert_eq!(room.run(&["run", "-c", "quit()"]).ok().stdout, "");
    let shown = room.run(&["run", "-c", "print(repr(exit)); exit('told you')"]);
    assert_eq!((shown.status, shown.stderr.as_str()), (Some(1), "told you\n"));
    assert_eq!(shown.stdout, "Use exit() or Ctrl-D (i.e. EOF) to exit\n");
}

#[test]
fn the_builtins_of_site_are_there() {
    let shown = code(
        "print('help(object)' in repr(help), len(repr(credits)) > 20, 'license' in repr(license).lower(), 'Python' in repr(copyright))",
    );
    assert_eq!(shown.ok().stdout, "True True True True\n");
}

#[test]
fn importing_site_later_leaves_the_path_as_the_program_made_it() {
    let shown = code(
        "import sys\nsys.path.append('relative')\nbefore = sys.path[:]\nimport site\nprint(sys.path == before, '' in sys.path, site.ENABLE_USER_SITE is not None)",
    );
    assert_eq!(shown.ok().stdout, "True True True\n");
}

#[test]
fn a_script_beside_files_with_names_of_the_start_is_not_misled() {
    let room = Room::new();
    for name in ["os", "site", "stat", "abc", "posixpath", "_collections_abc"] {
        room.write(format!("{name}.py"), "raise SystemExit('the wrong module')");
    }
    room.write("tool.py", "import json, os, site, subprocess\nprint(os.path.join('a', 'b'), json.dumps([1]))");
    assert_eq!(room.run(&["run", "tool.py"]).ok().stdout, "a/b [1]\n");
}

#[test]
fn site_is_imported_where_it_has_something_to_do() {
    let room = Room::new();
    room.write("lib/sitecustomize.py", "print('customized')");
    let path = room.path().join("lib");
    let shown =
        room.command().args(["run", "-c", "import sys; print('site' in sys.modules)"]).env("PYTHONPATH", path).output();
    assert_eq!(String::from_utf8(shown.unwrap().stdout).unwrap(), "customized\nTrue\n");
    room.write("home/.local/lib/rustpython3.14t/site-packages/mine.py", "print('mine')");
    let home = room.path().join("home");
    let shown = room.command().args(["run", "-c", "import mine"]).env("HOME", home).output();
    assert_eq!(String::from_utf8(shown.unwrap().stdout).unwrap(), "mine\n");
}

#[test]
fn uncommon_codecs_and_archives_are_found() {
    let room = Room::new();
    room.write(
        "make.py",
        "import zipfile, sys\nwith zipfile.ZipFile('lib.zip', 'w') as archive:\n    archive.writestr('inside.py', 'name = __name__')\nsys.path.insert(0, 'lib.zip')\nimport inside\nprint(inside.name, 'é'.encode('latin-1'), 'é'.encode('cp437'), b'\\x82\\xa0'.decode('shift_jis'))",
    );
    assert_eq!(room.run(&["run", "make.py"]).ok().stdout, "inside b'\\xe9' b'\\x82' あ\n");
}

#[test]
fn garbage_is_collected_once_the_program_runs() {
    let shown = code(
        "import gc, weakref\nprint(gc.isenabled())\nclass Node: pass\nnode = Node(); node.me = node; gone = weakref.ref(node)\ndel node\ngc.collect()\nprint(gone())",
    );
    assert_eq!(shown.ok().stdout, "True\nNone\n");
}

#[test]
fn the_import_system_is_whole_once_something_looks_at_it() {
    let whole = "kinds = lambda things: [type(thing).__name__ for thing in things]
print(kinds(sys.meta_path), kinds(sys.path_hooks), len(sys.path_hooks), type(__loader__).__name__)
import importlib.machinery as machinery
print(sys.meta_path[-1] is machinery.PathFinder, isinstance(__loader__, machinery.SourceFileLoader), __loader__.path == __file__)
";
    let expected = "['type', 'type', 'type'] ['type', 'function', 'function'] 3 SourceFileLoader\nTrue True True\n";
    let room = Room::new();
    for first in [
        "import json",
        "import _frozen_importlib_external as external; external.SourceFileLoader",
        "repr(sys.meta_path)",
        "sys.path_hooks[1].nothing if hasattr(sys.path_hooks[1], 'nothing') else None",
        "__loader__.name",
        "try: import not_there\nexcept ImportError: pass",
    ] {
        room.write("look.py", format!("import sys\n{first}\n{whole}"));
        assert_eq!(room.run(&["run", "--no-image", "look.py"]).ok().stdout, expected, "{first}");
    }
}

#[test]
fn a_program_that_imports_nothing_does_without_the_import_system() {
    let room = Room::new();
    let program = "import sys, builtins, _thread
made = lambda: '_find_and_load' in vars(sys.modules['_frozen_importlib'])
print(made(), len(sys.meta_path))
import math
print(made(), [kind.__name__ for kind in sys.meta_path[:2]], math.__spec__.origin)";
    // An image has it.
    let shown = room.run(&["run", "--no-image", "-c", program]);
    assert_eq!(shown.ok().stdout, "False 3\nTrue ['BuiltinImporter', 'FrozenImporter'] built-in\n");
}

#[test]
fn modules_that_are_there_before_the_import_system_have_specs() {
    for look in [
        "sys.__spec__.name == 'sys' and sys.__spec__.origin == 'built-in'",
        "sys.__spec__.loader.__name__ == 'BuiltinImporter'",
        "_thread.__loader__.__name__ == 'BuiltinImporter'",
        "_thread.__loader__.find_spec('math').name == 'math'",
        "__loader__.__name__ == 'BuiltinImporter' and __loader__.__module__ == '_frozen_importlib'",
        "repr(sys) == \"<module 'sys' (built-in)>\"",
        "repr(sys.meta_path[1]) == \"<class '_frozen_importlib.FrozenImporter'>\"",
        "sys.modules['_frozen_importlib'].__spec__.name == '_frozen_importlib'",
        "sys.modules['_frozen_importlib'].ModuleSpec is type(sys.__spec__)",
        "not hasattr(sys.modules['_frozen_importlib'], '__path__') and not hasattr(sys.modules['_frozen_importlib'], 'nothing')",
    ] {
        let shown = code(&format!(
            "import sys, _thread
print({look})
import importlib, importlib.machinery as machinery
of = lambda module: (type(module.__spec__) is machinery.ModuleSpec, module.__loader__ is machinery.BuiltinImporter)
print(of(sys), of(_thread), __loader__ is machinery.BuiltinImporter, sys.meta_path[:2] == [machinery.BuiltinImporter, machinery.FrozenImporter])
print(sys.modules['_frozen_importlib']._thread is _thread, importlib._bootstrap is sys.modules['_frozen_importlib'])"
        ));
        assert_eq!(shown.ok().stdout, "True\n(True, True) (True, True) True True\nTrue True\n", "{look}");
    }
}

#[test]
fn modules_are_imported_after_a_program_has_taken_away_what_the_import_system_is_made_of() {
    // Of `sys` the engine has but one, so without it only what is built in can be imported.
    for (taken, imports) in [
        ("sys.modules.clear()", "math"),
        ("del sys.modules['_frozen_importlib']", "math, json"),
        ("del sys.modules['_imp']", "math, json"),
    ] {
        let program = format!("import sys; {taken}; import {imports}; print(math.floor(1.5))");
        let shown = Room::new().run(&["run", "--no-image", "-c", &program]);
        assert_eq!(shown.ok().stdout, "1\n", "{taken}");
    }
}

#[test]
fn what_a_program_does_to_the_import_system_first_stays() {
    let room = Room::new();
    room.write(
        "change.py",
        "import sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name == 'absent':
            print('asked for', name)
hook = lambda path: (_ for _ in ()).throw(ImportError(path))
sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(1, hook)
import json
try:
    import absent
except ModuleNotFoundError as error:
    print(error)
print(type(sys.meta_path[0]).__name__, sys.path_hooks.index(hook), len(sys.path_hooks), len(sys.meta_path))
del sys.meta_path[-1]
try:
    import csv
except ModuleNotFoundError as error:
    print(error)
",
    );
    assert_eq!(
        room.run(&["run", "--no-image", "change.py"]).ok().stdout,
        "asked for absent\nNo module named 'absent'\nFinder 1 4 4\nNo module named 'csv'\n"
    );
}

#[test]
fn looking_over_all_modules_imports_none() {
    let shown = code(
        "import sys
for name, module in sys.modules.items():
    hasattr(module, '__warningregistry__'), getattr(module, '__file__', None)
print('codecs' in sys.modules)",
    );
    assert_eq!(shown.ok().stdout, "False\n");
}

#[test]
fn threads_that_import_first_at_the_same_time_agree() {
    let shown = code(
        "import _thread, sys
gate, done, found = _thread.allocate_lock(), [], []
gate.acquire()
def load():
    with gate:
        pass
    import json
    found.append(json)
    done.append(None)
for _ in range(8):
    _thread.start_new_thread(load, ())
gate.release()
import time
while len(done) < 8:
    time.sleep(0.001)
print(len(set(map(id, found))), len(sys.path_hooks), len(sys.meta_path))",
    );
    assert_eq!(shown.ok().stdout, "1 3 3\n");
}

#[test]
fn codecs_are_those_of_the_modules() {
    let shown = code(
        "import codecs
for name in 'utf-8', 'UTF8', 'ascii', 'latin-1', 'ISO8859-1':
    found = codecs.lookup(name)
    print(found.name, isinstance(found, codecs.CodecInfo), issubclass(found.streamreader, codecs.StreamReader), found is codecs.lookup(name))
print(codecs.getincrementaldecoder('utf-8')().decode(b'\\xc3'), codecs.encode('é', 'utf-8'), 'é'.encode('utf8'), b'\\xe9'.decode('latin-1'))",
    );
    assert_eq!(
        shown.ok().stdout,
        "utf-8 True True True\nutf-8 True True True\nascii True True True\niso8859-1 True True True\niso8859-1 True True True\n b'\\xc3\\xa9' b'\\xc3\\xa9' é\n"
    );
}

#[test]
fn streams_decode_and_encode_as_ever() {
    let room = Room::new();
    let run = |code: &str, input: &[u8]| {
        let mut command = room.command();
        command.args(["run", "--no-image", "-c", code]).env("LC_ALL", "C.UTF-8");
        support::with_input(command, input)
    };
    // A character lies across the end of what is read at once.
    let long = [b"x".repeat(8191), "é\n".into()].concat();
    let shown = run("import sys; line = sys.stdin.readline(); print(len(line), ascii(line[-2:]))", &long);
    assert_eq!(shown.ok().stdout, "8193 '\\xe9\\n'\n");
    let shown = run(
        "import sys\ntry: sys.stdin.read()\nexcept UnicodeDecodeError as error: print(error.reason, error.start)",
        b"ab\xff",
    );
    assert_eq!(shown.ok().stdout, "invalid start byte 2\n");
    let shown =
        run("try: print('\\ud800')\nexcept UnicodeEncodeError as error: print(error.encoding, error.reason)", b"");
    assert_eq!(shown.ok().stdout, "utf-8 surrogates not allowed\n");
    let shown = run(
        "import sys; print('é\\ud800', file=sys.stderr); print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors)",
        b"",
    );
    assert_eq!((shown.stderr.as_str(), shown.stdout.as_str()), ("é\\ud800\n", "utf-8 strict backslashreplace\n"));
    let shown = run(
        "import sys; sys.stdin.reconfigure(encoding='latin-1'); print(ascii(sys.stdin.read()), ascii(input.__name__))",
        b"\xe9",
    );
    assert_eq!(shown.ok().stdout, "'\\xe9' 'input'\n");
}
