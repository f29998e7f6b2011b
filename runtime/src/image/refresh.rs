//! What is done anew in each restored process. The order is that of the list.
//!
//! What Python code has to do is in `python/_pyc_rs_image.py`.

use rustpython_vm::{
    PyObjectRef, PyResult, Settings, VirtualMachine,
    builtins::{PyDictRef, PyListRef, PyStrRef, PyTupleRef},
    host_env::time::tz,
    stdlib::_thread,
    vm::Paths,
};

use super::{
    Root,
    process::{self, Disposition, SignalAction},
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

/// What is brought up to date, as it was found when the image was made.
pub(super) struct Kept {
    hooks: PyObjectRef,
    argv: PyListRef,
    orig_argv: PyListRef,
    path: PyListRef,
    /// `posix.environ`, of which `os.environ` is a view.
    environ: PyDictRef,
    streams: Vec<Streams>,
    /// Whether modules of a plain start keep standard streams.
    binds_streams: bool,
    /// What signals did in the process that recorded.
    dispositions: Vec<Disposition>,
    /// How the engine handles Ctrl-C.
    interrupt: SignalAction,
}

/// Standard streams that were made ahead.
struct Streams {
    /// What is behind them (`process::stream_kinds`).
    kind: String,
    /// What becomes of what cannot be decoded.
    errors: String,
    three: [Option<PyObjectRef>; 3],
}

const STREAM_NAMES: [(&str, &str); 3] = [("stdin", "__stdin__"), ("stdout", "__stdout__"), ("stderr", "__stderr__")];

impl Kept {
    /// Finds it, when everything else has been recorded. What it is of this process goes.
    pub(super) fn of(vm: &VirtualMachine, hooks: PyObjectRef, dispositions: &[Disposition]) -> PyResult<Self> {
        let of_sys =
            |name: &'static str| -> PyResult<PyListRef> { vm.sys_module.get_attr(name, vm)?.try_into_value(vm) };
        let modules = vm.sys_module.get_attr("modules", vm)?;
        let environ: PyDictRef = modules.get_item("posix", vm)?.get_attr("environ", vm)?.try_into_value(vm)?;
        environ.clear();
        hooks.set_attr("_time_zone", vm.new_function("time_zone", time_zone), vm)?;
        let made: PyListRef = vm.call_method(&hooks, "make_streams", ())?.try_into_value(vm)?;
        let streams = made.borrow_vec().iter().map(|made| Streams::of(vm, made)).collect::<PyResult<_>>()?;
        let binds_streams = vm.call_method(&hooks, "boot_keeps_streams", ())?.try_to_bool(vm)?;
        Ok(Self {
            argv: of_sys("argv")?,
            orig_argv: of_sys("orig_argv")?,
            path: of_sys("path")?,
            environ,
            streams,
            binds_streams,
            dispositions: dispositions.to_vec(),
            interrupt: SignalAction::of(libc::SIGINT),
            hooks,
        })
    }

    /// The module `_pyc_rs_image`.
    pub(super) const fn hooks(&self) -> &PyObjectRef {
        &self.hooks
    }
}

impl Streams {
    fn of(vm: &VirtualMachine, made: &PyObjectRef) -> PyResult<Self> {
        let made: PyTupleRef = made.clone().try_into_value(vm)?;
        let text = |at: usize| made.get(at).map_or(Ok(String::new()), |text| text.try_to_value(vm));
        Ok(Self { kind: text(0)?, errors: text(1)?, three: [2, 3, 4].map(|at| made.get(at).cloned()) })
    }
}

/// Brings a restored engine up to date.
///
/// What modules imported ahead have of a process is renewed as they come into sight (`_RENEWED` in
/// `python/_pyc_rs_image.py`), so that a program pays for those that it uses.
pub(super) fn after_restore(root: &mut Root, now: &Now<'_>) -> PyResult<()> {
    let Root { engine, kept } = root;
    engine.importer().set_cache(now.cache.clone());
    engine.enter(|vm| {
        vm.state.main_thread_ident.store(_thread::get_ident());
        engine::install_tls_provider();
        signals(vm, kept)?;
        what_sys_says(vm, kept, now, &engine.importer().stdlib_path)?;
        variables(vm, &kept.environ)?;
        open_streams(vm, kept, now)?;
        if kept.binds_streams {
            vm.call_method(&kept.hooks, "bind_streams_of_boot", ())?;
        }
        let folders = site_folders_of(vm, now.settings, now.paths);
        if !vm.is_none(&folders) {
            vm.call_method(&kept.hooks, "add_site_folders", (folders,))?;
        }
        Ok(())
    })
}

/// Signals behave as they do after a plain start: as the process inherited them, and
/// Ctrl-C raises `KeyboardInterrupt`.
fn signals(vm: &VirtualMachine, kept: &Kept) -> PyResult<()> {
    for ((number, then), now) in process::SIGNALS.zip(&kept.dispositions).zip(process::dispositions()) {
        if *then == now || number == libc::SIGINT {
            continue;
        }
        let modules = vm.sys_module.get_attr("modules", vm)?;
        // The engine imports it when it boots.
        let module = modules.get_item("_signal", vm).or_else(|_| vm.import("_signal", 0))?;
        let handler = match now {
            Disposition::Default => "SIG_DFL",
            Disposition::Ignored => "SIG_IGN",
            // Handlers of our own process are not Python's.
            Disposition::Handled | Disposition::Unknown => continue,
        };
        vm.call_method(&module, "signal", (number, module.get_attr(handler, vm)?))?;
    }
    // The engine's table of handlers is in the image.
    kept.interrupt.set(libc::SIGINT);
    Ok(())
}

fn what_sys_says(vm: &VirtualMachine, kept: &Kept, now: &Now<'_>, stdlib: &str) -> PyResult<()> {
    let fill = |list: &PyListRef, texts: &mut dyn Iterator<Item = &str>| {
        *list.borrow_vec_mut() = texts.map(|text| vm.ctx.new_str(text).into()).collect();
    };
    let arguments: Vec<String> = std::env::args().collect();
    fill(&kept.argv, &mut now.settings.argv.iter().map(String::as_str));
    fill(&kept.orig_argv, &mut arguments.iter().map(String::as_str));
    fill(&kept.path, &mut now.settings.path_list.iter().map(String::as_str).chain([stdlib]));
    let names = vm.sys_module.dict();
    names.set_item("executable", vm.ctx.new_str(now.paths.executable.as_str()).into(), vm)?;
    names.set_item("_base_executable", vm.ctx.new_str(now.paths.base_executable.as_str()).into(), vm)
}

fn variables(vm: &VirtualMachine, environ: &PyDictRef) -> PyResult<()> {
    use std::os::unix::ffi::OsStringExt as _;
    for (name, value) in std::env::vars_os() {
        let name: PyObjectRef = vm.ctx.new_bytes(name.into_vec()).into();
        environ.set_item(&*name, vm.ctx.new_bytes(value.into_vec()).into(), vm)?;
    }
    Ok(())
}

/// Those that were made ahead, where they fit. Nobody else holds them, so that who lets go of
/// one has it flushed, as after a plain start.
fn open_streams(vm: &VirtualMachine, kept: &mut Kept, now: &Now<'_>) -> PyResult<()> {
    let (settings, kinds) = (now.settings, process::stream_kinds());
    let errors = settings.stdio_errors.as_deref().unwrap_or("strict");
    let names = vm.sys_module.dict();
    for (number, (name, first_name)) in STREAM_NAMES.into_iter().enumerate() {
        if now.is_captured && number > 0 {
            break;
        }
        let fits = |made: &&mut Streams| settings.buffered_stdio && made.kind == kinds[number] && made.errors == errors;
        let made = kept.streams.iter_mut().find(fits).and_then(|made| made.three[number].take());
        let stream = match made {
            Some(stream) => stream,
            None => vm.call_method(&kept.hooks, "_open_stream", (number, errors, settings.buffered_stdio))?,
        };
        names.set_item(first_name, stream.clone(), vm)?;
        names.set_item(name, stream, vm)?;
    }
    Ok(())
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

/// Takes the place of what the module `time` finds where it is made.
fn time_zone(vm: &VirtualMachine) -> PyObjectRef {
    tz::tzset();
    let (standard, summer) = tz::tzname_strings();
    let names: (PyStrRef, PyStrRef) = (vm.ctx.new_str(standard), vm.ctx.new_str(summer));
    vm.new_tuple((tz::timezone(), tz::altzone(), tz::daylight(), vm.new_tuple(names))).into()
}
