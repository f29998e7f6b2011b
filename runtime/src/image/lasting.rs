//! Makes what is in an image last, so that it is written less.
//!
//! Each page of an image that a process writes to is copied for it, and most of what is
//! written are reference counts and the counters of code that runs for the first time. What
//! modules consist of - classes, functions, code, names, constants - is made immortal: nothing
//! counts references to it any more. It loses nothing by that, as memory of the image is never
//! used again. What a program can make, fill and let go of, and notice that it is gone -
//! instances of classes, containers, files - counts as ever.

use std::{borrow::Borrow, collections::HashSet, sync::atomic::Ordering};

use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, VirtualMachine,
    builtins::{PyCode, PyModule, PyType},
};

use super::arena;

/// Makes what lasts of all objects immortal.
pub(super) fn make_lasting(vm: &VirtualMachine) {
    let lasting = lasting_types(vm);
    let mut seen = HashSet::new();
    let mut open = arena::unrecorded(|| vm.state.gc.get_objects(None));
    while let Some(object) = open.pop() {
        if !arena::unrecorded(|| seen.insert(object.get_id())) {
            continue;
        }
        if lasting.contains(&object.class().get_id()) || object.downcast_ref::<PyType>().is_some() {
            object.make_immortal();
        }
        let parts = parts(vm, &object);
        arena::unrecorded(|| open.extend(parts));
    }
    arena::unrecorded(|| drop((seen, open)));
}

/// What the types of lasting objects are; classes last, too, whatever theirs are.
fn lasting_types(vm: &VirtualMachine) -> Vec<usize> {
    let types = &vm.ctx.types;
    [
        types.bytes_type,
        types.builtin_function_or_method_type,
        types.builtin_method_type,
        types.cell_type,
        types.classmethod_descriptor_type,
        types.classmethod_type,
        types.code_type,
        types.complex_type,
        types.float_type,
        types.frozenset_type,
        types.function_type,
        types.getset_type,
        types.int_type,
        types.member_descriptor_type,
        types.method_descriptor_type,
        types.module_type,
        types.property_type,
        types.slice_type,
        types.staticmethod_type,
        types.str_type,
        types.tuple_type,
        types.wrapper_descriptor_type,
    ]
    .iter()
    .map(|kind| kind.as_object().get_id())
    .collect()
}

/// What an object holds, as far as it can be found without running Python code.
fn parts(vm: &VirtualMachine, object: &PyObject) -> Vec<PyObjectRef> {
    let mut parts = object.gc_get_referents();
    if let Some(code) = object.downcast_ref::<PyCode>() {
        parts.extend(code.code.constants.iter().map(|constant| Borrow::<PyObject>::borrow(constant).to_owned()));
        // As the first run of it does.
        if !code.quickened.swap(true, Ordering::Relaxed) {
            code.code.instructions.quicken();
        }
    }
    if object.class().is(vm.ctx.types.str_type) {
        // Is kept in it.
        let _ = object.hash(vm);
    }
    if let Some(module) = object.downcast_ref::<PyModule>().and(object.dict()) {
        module.as_object().make_immortal();
    }
    if object.class().is(vm.ctx.types.function_type) {
        parts.extend(object.get_attr("__code__", vm));
    }
    parts
}
