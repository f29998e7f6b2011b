//! Bringing modules of an image into sight: a program that imports a package of an
//! application brings in hundreds at a time.

use rustpython_vm::{
    AsObject as _, Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDictRef, PyStr, PyTupleRef},
};

/// Gives the module `_pyc_rs_image` its `_publish`.
pub(super) fn install(vm: &VirtualMachine, hooks: &PyObjectRef) -> PyResult<()> {
    hooks.set_attr("_publish", vm.new_function("_publish", publish), vm)
}

/// Moves the modules of these names that wait to `modules`, where nothing else has taken their
/// place. Those that are named in `parents`, with the name of their package and their own in
/// there, become its attributes. Returns the names that are in `more`.
#[allow(clippy::needless_pass_by_value, reason = "a function of Python")]
fn publish(
    names: PyTupleRef,
    waiting: PyDictRef,
    modules: PyDictRef,
    parents: PyDictRef,
    more: PyDictRef,
    vm: &VirtualMachine,
) -> PyResult<Vec<PyObjectRef>> {
    let mut published = Vec::new();
    for name in names.iter() {
        let key = text(name, vm)?;
        let Some(module) = waiting.pop_item(key, vm)? else { continue };
        if modules.get_item_opt(key, vm)?.is_none_or(|there| there.is(&module)) {
            modules.set_item(key, module.clone(), vm)?;
            published.push((name, key, module));
        }
    }
    let mut left = Vec::new();
    for (name, key, module) in published {
        if let Some(place) = parents.get_item_opt(key, vm)? {
            let place: PyTupleRef = place.try_into_value(vm)?;
            if let [parent, tail] = place.as_slice() {
                modules.get_item(text(parent, vm)?, vm)?.set_attr(text(tail, vm)?, module, vm)?;
            }
        }
        if more.contains_key(key, vm) {
            left.push(name.clone());
        }
    }
    Ok(left)
}

fn text<'a>(object: &'a PyObjectRef, vm: &VirtualMachine) -> PyResult<&'a Py<PyStr>> {
    object.downcast_ref::<PyStr>().ok_or_else(|| vm.new_type_error("not a name".to_owned()))
}
