//! The end of a program: everything a user can see happens, and the heap is
//! left to the operating system.
//!
//! The interpreter's own finalisation also collects garbage, tears every module
//! down and imports `threading` to do so, which takes as long as its start. What
//! is kept of it: the exception is reported, threads are waited for, exit
//! functions run, the program's own globals are released (which runs their
//! `__del__` methods and closes their files), open files and the standard
//! streams are flushed.

use std::sync::atomic::{AtomicBool, Ordering};

use rustpython_vm::{
    AsObject, Py, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyType},
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
    if flush(vm) {
        return ending;
    }
    match ending {
        _ if platform::stdout_is_broken() => Ending::Signal(signal::PIPE),
        Ending::Status(0) => Ending::Status(FLUSH_FAILED),
        other => other,
    }
}

/// Writes out what open files and the standard streams still hold. Whether everything that was
/// printed has been written.
pub(crate) fn flush(vm: &VirtualMachine) -> bool {
    flush_open_files(vm);
    flush_standard_streams(vm)
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

/// When in [`release_main_module`] a global is let go of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Weak references, so that nobody is told of what follows.
    First,
    /// Objects of any kind: their `__del__` still finds everything else.
    Second,
    /// Containers, and what is only in them.
    Third,
    /// Functions, classes and modules, which have nothing to do at exit.
    Never,
}

impl Turn {
    fn of(vm: &VirtualMachine, value: &PyObjectRef) -> Self {
        let types = &vm.ctx.types;
        let kind = value.class();
        let is_one_of = |candidates: &[&Py<PyType>]| candidates.iter().any(|candidate| kind.is(*candidate));
        if kind.fast_issubclass(types.weakref_type) {
            Self::First
        } else if is_one_of(&[types.function_type, types.builtin_function_or_method_type, types.module_type])
            || kind.fast_issubclass(types.type_type)
        {
            Self::Never
        } else if is_one_of(&[types.list_type, types.dict_type, types.set_type, types.tuple_type]) {
            Self::Third
        } else {
            Self::Second
        }
    }
}

/// Lets go of the program's globals. Python collects the whole module as garbage,
/// so that nothing is gone for a `__del__` method that runs then; going by turns
/// comes close to that at a fraction of the cost.
fn release_main_module(vm: &VirtualMachine) {
    let Some(dict) = module(vm, "__main__").and_then(|module| module.dict()) else { return };
    for turn in [Turn::First, Turn::Second, Turn::Third] {
        let names: Vec<PyObjectRef> =
            (&dict).into_iter().filter(|(_, value)| Turn::of(vm, value) == turn).map(|(name, _)| name).collect();
        for name in names {
            // A failing __del__ has been reported by the interpreter already.
            let _ = dict.set_item(&*name, vm.ctx.none(), vm);
        }
    }
}

/// Writes out what open files still hold in their buffers.
fn flush_open_files(vm: &VirtualMachine) {
    let Some(io) = module(vm, "_io") else { return };
    let kinds: Vec<PyObjectRef> = ["TextIOWrapper", "BufferedWriter", "BufferedRandom"]
        .iter()
        .filter_map(|name| io.get_attr(*name, vm).ok())
        .collect();
    // Text first: its characters go to a binary buffer, which is flushed after it.
    let objects = collectable_objects(vm);
    for kind in &kinds {
        for object in objects.iter().filter(|object| object.class().is(kind)) {
            if !is_closed(vm, object) {
                // As at the end of CPython, a file that cannot be written any more is let go.
                let _ = vm.call_method(object, "flush", ());
            }
        }
    }
}

/// What the program has made. What was there before it is frozen, holds no open file
/// but the standard streams, and is not touched: in a process that was restored from an
/// image, that would copy all of the image.
fn collectable_objects(vm: &VirtualMachine) -> Vec<PyObjectRef> {
    // The program may have frozen objects of its own: if it knows the module, unless that tells.
    let may_have_frozen = if FREEZING_IS_WATCHED.load(Ordering::Relaxed) {
        PROGRAM_FROZE.load(Ordering::Relaxed)
    } else {
        module(vm, "gc").is_some()
    };
    if may_have_frozen {
        return vm.state.gc.get_objects(None);
    }
    (0..=2).flat_map(|generation| vm.state.gc.get_objects(Some(generation))).collect()
}

/// Whether `gc.freeze` tells when it is called.
static FREEZING_IS_WATCHED: AtomicBool = AtomicBool::new(false);
/// Whether it was called.
static PROGRAM_FROZE: AtomicBool = AtomicBool::new(false);

/// Has `gc.freeze` tell when it is called. In an image, where many modules import `gc` ahead.
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")),
    allow(dead_code, reason = "images are made on one platform")
)]
pub(crate) fn watch_freezing(vm: &VirtualMachine) -> PyResult<()> {
    let freeze = vm.new_function("freeze", |vm: &VirtualMachine| {
        PROGRAM_FROZE.store(true, Ordering::Relaxed);
        vm.state.gc.freeze();
    });
    vm.import("gc", 0)?.set_attr("freeze", freeze, vm)?;
    FREEZING_IS_WATCHED.store(true, Ordering::Relaxed);
    Ok(())
}

fn is_closed(vm: &VirtualMachine, file: &PyObjectRef) -> bool {
    file.get_attr("closed", vm).and_then(|closed| closed.try_to_bool(vm)).unwrap_or(true)
}

/// Whether everything that was printed has been written.
fn flush_standard_streams(vm: &VirtualMachine) -> bool {
    let mut flushed = true;
    let mut seen: Vec<PyObjectRef> = Vec::new();
    // The first streams last: a program that has put its own in their place may have printed before.
    for name in ["stdout", "stderr", "__stdout__", "__stderr__"] {
        let Ok(stream) = vm.sys_module.get_attr(name, vm) else { continue };
        if vm.is_none(&stream) || seen.iter().any(|seen| seen.is(&stream)) || is_closed(vm, &stream) {
            continue;
        }
        seen.push(stream.clone());
        if let Err(error) = vm.call_method(&stream, "flush", ()) {
            let is_error = name.contains("stderr");
            let quiet = is_error || platform::stdout_is_broken();
            if !quiet {
                vm.run_unraisable(error, None, stream);
            }
            flushed &= is_error;
        }
    }
    flushed
}
