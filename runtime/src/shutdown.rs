//! The end of a program: everything a user can see happens, and the heap is
//! left to the operating system.
//!
//! The interpreter's own finalisation also collects garbage, tears every module
//! down and imports `threading` to do so, which takes as long as its start. What
//! is kept of it: the exception is reported, threads are waited for, exit
//! functions run, the program's own globals are released (which runs their
//! `__del__` methods and closes their files), open files and the standard
//! streams are flushed.

use rustpython_vm::{
    AsObject, PyObjectRef, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyDict, PyStrRef},
};

use crate::platform::{self, signal};

/// How a program ended, and so how its process must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this exit status.
    Status(i32),
    /// As this signal ends a process that does not handle it.
    Signal(i32),
}

/// Python's status when the standard streams cannot be flushed at exit.
const FLUSH_FAILED: i32 = 120;

impl Ending {
    /// Ends the process: the program's outcome becomes its own.
    pub fn exit(self) -> ! {
        match self {
            Self::Status(status) => platform::exit_now(status),
            Self::Signal(signal) => platform::die_of(signal),
        }
    }
}

/// Reports the exception that ended a program, if one did.
pub(crate) fn report(vm: &VirtualMachine, exception: PyBaseExceptionRef) -> Ending {
    if exception.fast_isinstance(vm.ctx.exceptions.system_exit) {
        return Ending::Status(i32::from_ne_bytes(vm.handle_exit_exception(exception).to_ne_bytes()));
    }
    if exception.fast_isinstance(vm.ctx.exceptions.broken_pipe_error) && platform::stdout_is_broken() {
        return Ending::Signal(signal::PIPE);
    }
    vm.print_exception(&exception);
    if exception.fast_isinstance(vm.ctx.exceptions.keyboard_interrupt) {
        return Ending::Signal(signal::INTERRUPT);
    }
    Ending::Status(1)
}

/// Runs what Python runs at exit. The program has ended with `ending`.
pub(crate) fn finish(vm: &VirtualMachine, ending: Ending) -> Ending {
    wait_for_threads(vm);
    rustpython_vm::stdlib::atexit::_run_exitfuncs(vm);
    let only_thread = vm.state.thread_count.load() == 0;
    if only_thread {
        release_main_module(vm);
    }
    flush_open_files(vm);
    if flush_standard_streams(vm) {
        return ending;
    }
    match ending {
        _ if platform::stdout_is_broken() => Ending::Signal(signal::PIPE),
        Ending::Status(0) => Ending::Status(FLUSH_FAILED),
        other => other,
    }
}

fn module(vm: &VirtualMachine, name: &'static str) -> Option<PyObjectRef> {
    vm.sys_module.get_attr("modules", vm).ok()?.get_item(name, vm).ok().filter(|module| !vm.is_none(module))
}

fn wait_for_threads(vm: &VirtualMachine) {
    let Some(threading) = module(vm, "threading") else { return };
    if let Err(error) = vm.call_method(&threading, "_shutdown", ()) {
        vm.run_unraisable(error, Some("Exception ignored in threading shutdown".to_owned()), threading);
    }
}

/// Lets go of the program's globals in Python's order: names with a single
/// underscore first, then the rest, never `__builtins__`.
fn release_main_module(vm: &VirtualMachine) {
    let Some(dict) = module(vm, "__main__").and_then(|module| module.dict()) else { return };
    let names: Vec<PyStrRef> = dict.into_iter().filter_map(|(name, _)| name.downcast().ok()).collect();
    let is_private = |name: &PyStrRef| name.to_str().is_some_and(|name| name.starts_with('_') && !name.starts_with("__"));
    let (private, public): (Vec<_>, Vec<_>) = names.into_iter().partition(is_private);
    let Some(dict) = module(vm, "__main__").and_then(|module| module.dict()) else { return };
    for name in private.into_iter().chain(public) {
        if name.to_str() != Some("__builtins__") {
            set_to_none(vm, &dict, &name);
        }
    }
}

fn set_to_none(vm: &VirtualMachine, dict: &PyDict, name: &PyStrRef) {
    // A failing __del__ has been reported by the interpreter already.
    let _ = dict.inner_setitem(name.as_object(), vm.ctx.none(), vm);
}

/// Writes out what open files still hold in their buffers.
fn flush_open_files(vm: &VirtualMachine) {
    let Some(io) = module(vm, "_io") else { return };
    let kinds: Vec<PyObjectRef> = ["TextIOWrapper", "BufferedWriter", "BufferedRandom"]
        .iter()
        .filter_map(|name| io.get_attr(*name, vm).ok())
        .collect();
    // Text first: its characters go to a binary buffer, which is flushed after it.
    let objects = vm.state.gc.get_objects(None);
    for kind in &kinds {
        for object in objects.iter().filter(|object| object.class().is(kind)) {
            if !is_closed(vm, object) {
                // As at the end of CPython, a file that cannot be written any more is let go.
                let _ = vm.call_method(object, "flush", ());
            }
        }
    }
}

fn is_closed(vm: &VirtualMachine, file: &PyObjectRef) -> bool {
    file.get_attr("closed", vm).and_then(|closed| closed.try_to_bool(vm)).unwrap_or(true)
}

/// Whether everything that was printed has been written.
fn flush_standard_streams(vm: &VirtualMachine) -> bool {
    let mut flushed = true;
    for name in ["stdout", "stderr"] {
        let Ok(stream) = vm.sys_module.get_attr(name, vm) else { continue };
        if vm.is_none(&stream) || is_closed(vm, &stream) {
            continue;
        }
        if let Err(error) = vm.call_method(&stream, "flush", ()) {
            let quiet = name == "stderr" || platform::stdout_is_broken();
            if !quiet {
                vm.run_unraisable(error, None, stream);
            }
            flushed &= name == "stderr";
        }
    }
    flushed
}
