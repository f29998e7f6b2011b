//! A `__main__` module of its own for each run.

use std::cell::OnceCell;

use rustpython_vm::{
    PyPayload as _, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyModule},
    scope::Scope,
};

/// Makes new `__main__` modules of an engine. The first is made by the interpreter; the
/// others begin as copies of what that one began with.
#[derive(Default)]
pub(crate) struct FreshMain {
    template: OnceCell<PyDictRef>,
}

impl FreshMain {
    /// A new `__main__`, in `sys.modules`, to run code in.
    pub(crate) fn scope(&self, vm: &VirtualMachine) -> PyResult<Scope> {
        let Some(template) = self.template.get() else {
            let scope = vm.new_scope_with_main()?;
            let _ = self.template.set(scope.globals.copy().into_ref(&vm.ctx));
            return Ok(scope);
        };
        let globals = template.copy().into_ref(&vm.ctx);
        let module_type = vm.ctx.types.module_type.to_owned();
        let module = PyRef::new_ref(PyModule::new(), module_type, Some(globals.clone()));
        let modules = vm.sys_module.get_attr(vm.ctx.intern_str("modules"), vm)?;
        let name = vm.ctx.intern_str("__main__");
        match modules.downcast_ref_if_exact::<PyDict>(vm) {
            Some(modules) => modules.set_item(name, module.into(), vm)?,
            None => modules.set_item(name, module.into(), vm)?,
        }
        Ok(Scope::with_builtins(None, globals, vm))
    }
}
