//! What the start leaves out is there when a program asks for it.

mod support;

use support::{Ran, Room};

fn code(text: &str) -> Ran {
    Room::new().run(&["run", "-c", text])
}

#[test]
fn nothing_that_hardly_any_program_uses_is_imported_at_start() {
    let shown = code(
        "import sys; print([name for name in ('site', 'os', 'ast', '_ast', 'locale', 'zipimport', 'encodings') if name in sys.modules])",
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
