//! What is done anew in each restored process. The order is that of the list.
//!
//! The Python side is `python/_pyc_rs_image.py`, `after_restore`.

use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, Settings, VirtualMachine, builtins::PyStrRef, host_env::time::tz,
    stdlib::_thread, vm::Paths,
};

use super::{
    Root,
    process::{self, Disposition},
};
use crate::{code_cache::CodeCache, engine, environment};

/// What the start of this process decides.
pub(super) struct Now<'a> {
    pub(super) settings: &'a Settings,
    pub(super) paths: &'a Paths,
    pub(super) cache: CodeCache,
    /// Whether standard output and standard error are somebody else's affair.
    pub(super) is_captured: bool,
}

/// Brings a restored engine up to date.
pub(super) fn after_restore(root: &Root, now: &Now<'_>) -> PyResult<()> {
    root.engine.importer().set_cache(now.cache.clone());
    root.engine.enter(|vm| {
        vm.state.main_thread_ident.store(_thread::get_ident());
        engine::install_tls_provider();
        signals(vm, root)?;
        let now = describe(vm, root, now)?;
        vm.call_method(&root.hooks, "after_restore", (now,))?;
        Ok(())
    })
}

/// Signals behave as they do after a plain start: as the process inherited them, and
/// Ctrl-C raises `KeyboardInterrupt`.
fn signals(vm: &VirtualMachine, root: &Root) -> PyResult<()> {
    let modules = vm.sys_module.get_attr("modules", vm)?;
    // The engine imports it when it boots.
    let module = modules.get_item("_signal", vm).or_else(|_| vm.import("_signal", 0))?;
    let set = |number: i32, handler: PyObjectRef| vm.call_method(&module, "signal", (number, handler));
    for ((number, then), now) in process::SIGNALS.zip(&root.dispositions).zip(process::dispositions()) {
        if *then == now || number == libc::SIGINT {
            continue;
        }
        match now {
            Disposition::Default => set(number, module.get_attr("SIG_DFL", vm)?)?,
            Disposition::Ignored => set(number, module.get_attr("SIG_IGN", vm)?)?,
            // Handlers of our own process are not Python's.
            Disposition::Handled | Disposition::Unknown => continue,
        };
    }
    set(libc::SIGINT, module.get_attr("default_int_handler", vm)?)?;
    Ok(())
}

fn describe(vm: &VirtualMachine, root: &Root, now: &Now<'_>) -> PyResult<PyObjectRef> {
    let settings = now.settings;
    let text = |text: &str| -> PyObjectRef { vm.ctx.new_str(text).into() };
    let list = |texts: &mut dyn Iterator<Item = String>| -> PyObjectRef {
        vm.ctx.new_list(texts.map(|item| vm.ctx.new_str(item).into()).collect()).into()
    };
    let stdlib = &root.engine.importer().stdlib_path;
    let path = settings.path_list.iter().chain([stdlib]).cloned();
    let namespace = vm.new_module("now", vm.ctx.new_dict(), None);
    let stream_kinds = process::stream_kinds().map(|kind| vm.ctx.new_str(kind).into());
    let fields: [(&'static str, PyObjectRef); 12] = [
        ("argv", list(&mut settings.argv.iter().cloned())),
        ("orig_argv", list(&mut std::env::args())),
        ("executable", text(&now.paths.executable)),
        ("base_executable", text(&now.paths.base_executable)),
        ("path", list(&mut path.into_iter())),
        ("environ", variables(vm)?),
        ("stdio_errors", text(settings.stdio_errors.as_deref().unwrap_or("strict"))),
        ("buffered", vm.ctx.new_bool(settings.buffered_stdio).into()),
        ("stream_kinds", vm.ctx.new_tuple(stream_kinds.into()).into()),
        ("captured", vm.ctx.new_bool(now.is_captured).into()),
        ("site_folders", site_folders_of(vm, settings, now.paths)),
        ("time_zone", vm.new_function("time_zone", time_zone).into()),
    ];
    for (name, value) in fields {
        namespace.as_object().set_attr(name, value, vm)?;
    }
    Ok(namespace.into())
}

/// `None`, or what `site` has to add besides what it finds itself.
pub(super) fn site_folders(vm: &VirtualMachine) -> PyObjectRef {
    site_folders_of(vm, &vm.state.config.settings, &vm.state.config.paths)
}

fn site_folders_of(vm: &VirtualMachine, settings: &Settings, paths: &Paths) -> PyObjectRef {
    if !environment::site_has_work(settings, &[&paths.prefix, &paths.exec_prefix]) {
        return vm.ctx.none();
    }
    let environment = environment::active_virtual_environment(settings);
    let folders = environment.map(|folder| environment::site_packages(&folder)).unwrap_or_default();
    vm.ctx.new_list(folders.iter().map(|folder| vm.fsdecode(folder).into()).collect()).into()
}

fn variables(vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    use std::os::unix::ffi::OsStringExt as _;
    let pairs = vm.ctx.new_dict();
    for (name, value) in std::env::vars_os() {
        let name: PyObjectRef = vm.ctx.new_bytes(name.into_vec()).into();
        pairs.set_item(&*name, vm.ctx.new_bytes(value.into_vec()).into(), vm)?;
    }
    Ok(pairs.into())
}

/// Takes the place of what the module `time` finds where it is made.
fn time_zone(vm: &VirtualMachine) -> PyObjectRef {
    tz::tzset();
    let (standard, summer) = tz::tzname_strings();
    let names: (PyStrRef, PyStrRef) = (vm.ctx.new_str(standard), vm.ctx.new_str(summer));
    vm.new_tuple((tz::timezone(), tz::altzone(), tz::daylight(), vm.new_tuple(names))).into()
}
