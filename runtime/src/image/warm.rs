//! What the engine remembers of what programs do, before there is one.
//!
//! It looks for an attribute along a class's bases once and remembers what it has found, in a
//! table of a few thousand entries; it numbers a class when it is first looked at; and it makes
//! the instructions of a function fit what they are used for. An image
//! without any of that would have each restored process find it all out, and copy the pages
//! that it is written to. What has been looked for is forgotten whenever garbage is collected, so all of
//! this is done twice, and comes last.

use std::sync::Arc;

use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};

use crate::{engine::Engine, importer::Importer, program, shutdown};

/// What many programs do with modules of the standard library, without what would stay behind: a class, an
/// exception, a logger, a variable of the context. What is done last is remembered best.
const TEXTS: [&str; 2] = [include_str!("rehearsal/warm_modules.py"), include_str!("rehearsal/warm_up.py")];

/// What they are called.
const NAME: &str = "warm_up.py";

/// Warms the engine up. The standard streams are none of ours while this runs. Returns whether all of it
/// worked: where an application has modules of its own in place of the standard library's, that may not be.
pub(super) fn warm_up(vm: &VirtualMachine, engine: &Engine, hooks: &PyObjectRef) -> PyResult<bool> {
    let collects = vm.state.gc.is_enabled();
    vm.state.gc.disable();
    let warmed = without_collecting(vm, engine, hooks);
    if collects {
        vm.state.gc.enable();
    }
    warmed
}

fn without_collecting(vm: &VirtualMachine, engine: &Engine, hooks: &PyObjectRef) -> PyResult<bool> {
    vm.call_method(hooks, "number_classes", ())?;
    let null = vm.call_method(hooks, "stream_to_null", ())?;
    let shown = vm.call_method(hooks, "show_all", ())?;
    let worked = TEXTS.map(|text| run(vm, engine.importer(), text).is_ok());
    vm.call_method(hooks, "hide_all", (shown,))?;
    vm.call_method(hooks, "close_null", (null,))?;
    Ok(worked.into_iter().all(|worked| worked))
}

fn run(vm: &VirtualMachine, importer: &Arc<Importer>, text: &str) -> PyResult<()> {
    let done = program::run_file(vm, importer, NAME.as_ref(), text.as_bytes());
    shutdown::flush(vm);
    if let Some(dict) = vm.sys_module.get_attr("modules", vm)?.get_item("__main__", vm)?.dict() {
        // Its functions and it hold each other.
        dict.clear();
    }
    done.map(drop)
}
