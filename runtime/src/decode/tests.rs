use pyc_rs_cache::EntryKind;
use pyc_rs_compiler::{Options, Stack, compile};
use rustpython_compiler_core::{bytecode::CodeObject, marshal};
use rustpython_vm::{
    AsObject as _, PyObjectRef, VirtualMachine,
    builtins::{PyCode, PyStrInterned},
};

use super::{Literal, PathBag, engine_reads, reader};
use crate::{Engine, stdlib};

fn with_bag(work: impl FnOnce(&VirtualMachine, PathBag<'_>)) {
    let engine = Engine::builder().boot().unwrap();
    engine.enter(|vm| work(vm, PathBag { vm, path: vm.ctx.intern_str("the/path.py") }));
}

fn names(code: &CodeObject<Literal>) -> [&[&'static PyStrInterned]; 4] {
    [&code.names, &code.varnames, &code.cellvars, &code.freevars]
}

/// Everything that a code object is made of, also what its bytes do not show.
fn assert_same(what: &str, ours: &CodeObject<Literal>, theirs: &CodeObject<Literal>) {
    let bytes = |code| {
        let mut bytes = Vec::new();
        marshal::serialize_code(&mut bytes, code);
        bytes
    };
    assert!(bytes(ours) == bytes(theirs), "{what}");
    assert!(ours.locations == theirs.locations, "{what}, places of {}", ours.qualname);
    assert_eq!(ours.first_line_number, theirs.first_line_number, "{what}");
    let pointers =
        |code| names(code).map(|names| names.iter().map(|name| std::ptr::from_ref(*name)).collect::<Vec<_>>());
    assert_eq!(pointers(ours), pointers(theirs), "{what}, names of {}", ours.qualname);
    assert_eq!(ours.source_path.as_str(), theirs.source_path.as_str());
    assert_eq!(ours.constants.len(), theirs.constants.len());
    for (ours, theirs) in ours.constants.iter().zip(theirs.constants.iter()) {
        let (ours, theirs) = (PyObjectRef::from(ours.clone()), PyObjectRef::from(theirs.clone()));
        assert!(ours.class().is(theirs.class()), "{what}");
        if let (Some(ours), Some(theirs)) = (ours.downcast_ref::<PyCode>(), theirs.downcast_ref::<PyCode>()) {
            assert_same(what, &ours.code, &theirs.code);
        }
    }
}

#[test]
fn the_whole_standard_library_is_read_as_the_engine_reads_it() {
    with_bag(|_, bag| {
        let entries = stdlib::bundle().unwrap().entries().filter(|entry| entry.kind == EntryKind::Code);
        let mut count = 0;
        for entry in entries {
            let payload = entry.bytes().unwrap();
            let ours = reader::read(&payload, bag).unwrap_or_else(|| panic!("{} is not read", entry.name));
            assert_same(entry.name, &ours, &engine_reads(&payload, bag).unwrap());
            count += 1;
        }
        assert!(count > 700, "{count}");
    });
}

#[test]
fn constants_of_every_kind_are_read_as_the_engine_reads_them() {
    let source = r#"
a = (None, True, False, ..., 1, -1, 2**31 - 1, -2**31, 2**31, 10**100, -10**100, 1.5, float("nan"), 1e400, -0.0, 3j)
b = "name", "two words", "ümläut", "\ud800", "\0", "", b"", b"\xff\0", ((), ((1,), "x")), ...
c = a in {1, "two", (3, b"four")}, b[1:2], b[::3]
def größe(первый, /, second=(1, "ü"), *args, key, **rest):
    """Says what it is."""
    inner = lambda self, first=первый: (self, second, inner, rest)
    class Inner:
        __slots__ = "a",
        def method(self): return __class__, inner
    async def later():
        async with a as b:
            yield [x async for x in b if x]
    return inner, Inner, [i for i in range(3)]
"#;
    with_bag(|_, bag| {
        let payload = compile(source.as_bytes(), Options::default(), Stack::MAIN_THREAD).unwrap().payload;
        assert_same("constants", &reader::read(&payload, bag).unwrap(), &engine_reads(&payload, bag).unwrap());
    });
}

#[test]
fn cut_off_bytes_are_nobodys() {
    let source = "def f(a, *, b=1):\n    return [a + b for b in 'some text']\nprint(f(1), 2.5, 'ü')\n";
    with_bag(|_, bag| {
        let payload = compile(source.as_bytes(), Options::default(), Stack::MAIN_THREAD).unwrap().payload;
        assert!(reader::read(&payload, bag).is_some());
        for length in 0..payload.len() {
            assert!(reader::read(&payload[..length], bag).is_none(), "{length} of {}", payload.len());
            assert!(engine_reads(&payload[..length], bag).is_err(), "{length} of {}", payload.len());
        }
    });
}
