//! The frozen part of the import system, from the bundle, and only where something is imported.
//!
//! The interpreter begins every start with it: it decodes it from its own table and sets it up, a third
//! of what a start of a program costs that imports nothing. What it finds in the table instead is a line
//! that calls back.

use rustpython_compiler_core::frozen::FrozenCodeObject;
use rustpython_vm::{
    PyResult, VirtualMachine, builtins::PyDictRef, common::wtf8::Wtf8, frozen::FrozenModule, scope::Scope,
    vm::PyGlobalState,
};

use crate::{importer, mount, stdlib};

const IMPORTLIB: &str = "_frozen_importlib";

const START: &str = "_pyc_rs_start";

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

/// Lets the line call back. In the main interpreter the import system is made when something is
/// imported that is not there yet (`python/_pyc_rs_start.py`); the others have it at once.
pub(crate) fn before_start(vm: &VirtualMachine) -> PyResult<()> {
    let fill = vm.new_function("fill", |globals: PyDictRef, vm: &VirtualMachine| -> PyResult<()> {
        vm.builtins.dict().del_item(FILL, vm)?;
        if vm.state.is_main { prepare(vm, &globals) } else { run(vm, BOOTSTRAP, globals) }
    });
    vm.builtins.set_attr(FILL, fill, vm)
}

/// The Python side of the start; once only.
pub(crate) fn take_start(vm: &VirtualMachine) -> PyResult {
    let builtins = vm.builtins.dict();
    let start = builtins.get_item(START, vm)?;
    builtins.del_item(START, vm)?;
    Ok(start)
}

/// What the interpreter takes from the module while it starts; it asks for all else by name
/// when it needs it.
fn prepare(vm: &VirtualMachine, globals: &PyDictRef) -> PyResult<()> {
    let start = importer::import_glue(vm, START)?;
    let bootstrap = |globals: PyDictRef, vm: &VirtualMachine| run(vm, BOOTSTRAP, globals);
    let external = |globals: PyDictRef, vm: &VirtualMachine| run(vm, EXTERNAL, globals);
    start.set_attr("_fill_bootstrap", vm.new_function("fill_bootstrap", bootstrap), vm)?;
    start.set_attr("_fill_external", vm.new_function("fill_external", external), vm)?;
    globals.set_item("__getattr__", start.get_attr("of_bootstrap", vm)?, vm)?;
    globals.set_item("_install", start.get_attr("engine_installs", vm)?, vm)?;
    globals.set_item("__import__", vm.builtins.get_attr("__import__", vm)?, vm)?;
    // Until it is taken.
    vm.builtins.dict().set_item(START, start, vm)
}

fn run(vm: &VirtualMachine, [name, file]: [&'static str; 2], globals: PyDictRef) -> PyResult<()> {
    let bundle = stdlib::bundle().ok_or_else(|| vm.new_system_error("the embedded standard library is damaged"))?;
    let code = mount::stored_code(vm, &bundle, name, Wtf8::new(file))?;
    vm.run_code_obj(code, Scope::with_builtins(None, globals, vm)).map(drop)
}
