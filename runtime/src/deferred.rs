//! Modules that the interpreter makes at every start and hardly any program uses,
//! made on first use instead.
//!
//! `_ast` is the one that counts: its hundreds of classes are a tenth of a start. The
//! interpreter imports it before anything else runs, so its definition is replaced
//! by one that does nothing during the start; the import of a program makes it.

use std::sync::OnceLock;

use rustpython_vm::{
    Py, PyObject, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyModule, PyModuleDef, PyModuleSlots},
    function::{Callee, FuncArgs, ItemDoc, PyMethodDef, PyMethodFlags, PyNativeFn},
    vm::PyGlobalState,
};

use crate::{frozen, stream_codec};

/// The definition that the interpreter comes with.
static AST: OnceLock<&'static PyModuleDef> = OnceLock::new();

/// Puts the making of `_ast` off, in an interpreter that has not started yet.
pub(crate) fn ast(state: &mut PyGlobalState) {
    static DEFERRED: OnceLock<PyModuleDef> = OnceLock::new();
    let Some(real) = state.module_defs.get("_ast").copied() else { return };
    // A second interpreter of this process finds the same definition.
    let real = AST.get_or_init(|| real);
    let deferred = DEFERRED.get_or_init(|| PyModuleDef {
        name: real.name,
        doc: real.doc,
        methods: real.methods,
        slots: PyModuleSlots { create: real.slots.create, exec: Some(make_unless_starting) },
    });
    state.module_defs.insert("_ast", deferred);
}

/// Sub-interpreters make it at their start: nobody comes by to tidy up after them.
fn make_unless_starting(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
    if !vm.initialized {
        frozen::before_start(vm)?;
    }
    if !vm.initialized && vm.state.is_main {
        // The first of what the start does in Python comes after this.
        return stream_codec::before_start(vm);
    }
    AST.get().and_then(|real| real.slots.exec).map_or(Ok(()), |make| make(vm, module))
}

/// Forgets the empty `_ast` of the start, and lets `compile`, which works with the
/// classes without importing them, import them first.
pub(crate) fn ast_after_start(vm: &VirtualMachine) -> PyResult<()> {
    vm.sys_module.get_attr("modules", vm)?.del_item("_ast", vm)?;
    let real = vm.builtins.get_attr("compile", vm)?;
    // The type of native functions has no public name; one of ours stands for it.
    let Some(function) = downcast_like(&real, &vm.new_function("", || ())) else { return Ok(()) };
    COMPILE.get_or_init(|| function.as_func());
    let signature = real.get_attr("__text_signature__", vm)?.str(vm)?;
    let compile = compile_definition(&signature.to_string_lossy())
        .to_function()
        .with_module(vm.ctx.intern_str("builtins"))
        .with_module_object(vm.builtins.clone().into())
        .into_ref(&vm.ctx);
    vm.builtins.set_attr("compile", compile, vm)
}

fn downcast_like<'a, T: PyPayload>(object: &'a PyObject, _like: &PyRef<T>) -> Option<&'a Py<T>> {
    object.downcast_ref()
}

/// The function that the interpreter comes with.
static COMPILE: OnceLock<&'static dyn PyNativeFn> = OnceLock::new();

fn compile_definition(signature: &str) -> &'static PyMethodDef {
    static DEFINITION: OnceLock<PyMethodDef> = OnceLock::new();
    DEFINITION.get_or_init(|| {
        // As long-lived as the definition.
        let doc = Box::leak(format!("compile{signature}\n--\n\n").into_boxed_str());
        PyMethodDef::new_raw_const("compile", compile, PyMethodFlags::empty(), ItemDoc::static_text(doc))
    })
}

fn compile(vm: &VirtualMachine, args: FuncArgs, callee: Callee) -> PyResult {
    vm.import("_ast", 0)?;
    match COMPILE.get() {
        Some(compile) => compile(vm, args, callee),
        None => Err(vm.new_system_error("compile is not there")),
    }
}
