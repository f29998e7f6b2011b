//! The frozen part of the import system, from the bundle.
//!
//! The interpreter begins every start with decoding it from its own table, compressed and with its own
//! reader: a seventh of a start. What it finds there instead is a line that calls back, and the code is
//! read as all other code is (`decode`).

use rustpython_compiler_core::frozen::FrozenCodeObject;
use rustpython_vm::{
    PyResult, VirtualMachine, builtins::PyDictRef, common::wtf8::Wtf8, frozen::FrozenModule, scope::Scope,
    vm::PyGlobalState,
};

use crate::{mount, stdlib};

const IMPORTLIB: &str = "_frozen_importlib";

/// The name that the line calls (`build.rs`), a builtin until it has.
const FILL: &str = "__pyc_rs_fill__";

static CALLS_BACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/calls_back.bin"));

/// What a module of the bundle is called where the engine freezes it.
const BOOTSTRAP: [&str; 2] = ["importlib._bootstrap", "<frozen importlib._bootstrap>"];
const EXTERNAL: [&str; 2] = ["importlib._bootstrap_external", "<frozen importlib._bootstrap_external>"];

/// Puts the line into the table of an interpreter that has not started yet.
pub(crate) fn replace(state: &mut PyGlobalState) {
    let code = FrozenCodeObject { bytes: CALLS_BACK };
    state.frozen.insert(IMPORTLIB, FrozenModule { code, package: false });
}

/// Lets the line call back.
pub(crate) fn before_start(vm: &VirtualMachine) -> PyResult<()> {
    let fill = vm.new_function("fill", |globals: PyDictRef, vm: &VirtualMachine| -> PyResult<()> {
        vm.builtins.dict().del_item(FILL, vm)?;
        run(vm, BOOTSTRAP, globals)
    });
    vm.builtins.set_attr(FILL, fill, vm)
}

/// Runs the other part, which looks at paths, in these globals.
pub(crate) fn external(vm: &VirtualMachine, globals: PyDictRef) -> PyResult<()> {
    run(vm, EXTERNAL, globals)
}

fn run(vm: &VirtualMachine, [name, file]: [&'static str; 2], globals: PyDictRef) -> PyResult<()> {
    let bundle = stdlib::bundle().ok_or_else(|| vm.new_system_error("the embedded standard library is damaged"))?;
    let code = mount::stored_code(vm, &bundle, name, Wtf8::new(file))?;
    vm.run_code_obj(code, Scope::with_builtins(None, globals, vm)).map(drop)
}
