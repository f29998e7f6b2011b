//! Our errors as Python's exceptions and warnings.

use pyc_rs_compiler::{CompileError, SyntaxWarning};
use rustpython_vm::{
    AsObject, PyObject, PyResult, VirtualMachine, builtins::PyBaseExceptionRef, common::wtf8::Wtf8, vm::VmCompileError,
};

use crate::code_cache::Origin;

/// The exception that Python raises for a source that does not compile.
pub(crate) fn compile_error(
    vm: &VirtualMachine,
    error: CompileError,
    source: &[u8],
    path: &Wtf8,
) -> PyBaseExceptionRef {
    let exception = match error {
        CompileError::Source(faults) => {
            let text = pyc_rs_compiler::source::decode(source).map(|source| source.text.into_owned()).ok();
            VmCompileError::from(faults.into_engine_error()).into_pyexception(vm, text.as_deref())
        }
        CompileError::Decode(error) => {
            let exception = vm.new_exception_msg(vm.ctx.exceptions.syntax_error.to_owned(), error.to_string().into());
            set(vm, &exception, "lineno", vm.ctx.new_int(error.line()).as_object());
            exception
        }
        CompileError::TooDeep { .. } => vm.new_recursion_error(error.to_string()),
        CompileError::TooLarge { .. } => vm.new_overflow_error(error.to_string()),
        CompileError::Internal { .. } => vm.new_system_error(error.to_string()),
    };
    // The engine compiled it without a file name.
    if exception.fast_isinstance(vm.ctx.exceptions.syntax_error) {
        set(vm, &exception, "filename", vm.ctx.new_str(path.to_owned()).as_object());
    }
    exception
}

fn set(vm: &VirtualMachine, exception: &PyBaseExceptionRef, name: &'static str, value: &PyObject) {
    // These attributes exist on every SyntaxError; if not, the message still says it all.
    let _ = exception.as_object().set_attr(name, value.to_owned(), vm);
}

/// Shows what Python warns about when it compiles: for a program each time it
/// runs, for a module when it is compiled.
pub(crate) fn syntax_warnings(
    vm: &VirtualMachine,
    warnings: &[SyntaxWarning],
    path: &Wtf8,
    origin: Origin,
    is_program: bool,
) -> PyResult<()> {
    if warnings.is_empty() || (origin == Origin::Hit && !is_program) {
        return Ok(());
    }
    let warn = vm.import("warnings", 0)?.get_attr("warn_explicit", vm)?;
    for warning in warnings {
        let category = vm.ctx.exceptions.syntax_warning.to_owned();
        let arguments =
            (vm.ctx.new_str(warning.message.as_str()), category, vm.ctx.new_str(path.to_owned()), warning.line);
        warn.call(arguments, vm)?;
    }
    Ok(())
}

/// The `OSError` for a failed operation on `path`.
pub(crate) fn os_error(vm: &VirtualMachine, error: &std::io::Error, path: &PyObject) -> PyBaseExceptionRef {
    let Some(errno) = error.raw_os_error() else {
        return vm.new_os_error(error.to_string());
    };
    let message = error.to_string();
    let message = message.split(" (os error").next().unwrap_or_default().to_owned();
    let arguments = (vm.ctx.new_int(errno), vm.ctx.new_str(message), path.to_owned());
    match vm.ctx.exceptions.os_error.to_owned().as_object().call(arguments, vm) {
        Ok(object) => match object.downcast() {
            Ok(exception) => exception,
            Err(_) => vm.new_os_error(error.to_string()),
        },
        Err(raised) => raised,
    }
}
