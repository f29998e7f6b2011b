//! One booted interpreter.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use pyc_rs_compiler::Options;
use rustpython_vm::{
    Interpreter, PyObjectRef, PyRef, PyResult, Settings, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyCode},
    common::{rc::PyRc, wtf8::Wtf8},
};

use crate::{
    code_cache::CodeCache,
    deferred,
    environment::{self, PythonFlags, SettingError},
    fresh_main::FreshMain,
    frozen,
    importer::{self, Importer},
    platform,
    prepared::Prepared,
    stream_codec,
};

/// An interpreter that did not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// A switch or variable has a value that means nothing.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The interpreter reads the arguments of the process, and takes them as UTF-8 only.
    #[error("the argument {} is not UTF-8, which the interpreter cannot take", .0.display())]
    Argument(std::ffi::OsString),
    /// The interpreter's own start raised an exception.
    #[error("the interpreter did not start: {0}")]
    Start(String),
}

/// One booted interpreter, with its importers joined to a [`CodeCache`].
///
/// It belongs to the thread that booted it. A process may boot several, one
/// after another; types are shared between them, modules are not.
pub struct Engine {
    // Hold objects of the interpreter, and so go first.
    prepared: Prepared,
    fresh_main: FreshMain,
    interpreter: Interpreter,
    importer: Arc<Importer>,
}

/// How to boot an [`Engine`].
#[derive(Clone, Debug)]
pub struct EngineBuilder {
    cache: CodeCache,
    flags: PythonFlags,
    argv: Vec<String>,
    signals: bool,
}

impl EngineBuilder {
    /// Loads code through this cache. Without it, nothing is kept.
    #[must_use]
    pub fn cache(mut self, cache: CodeCache) -> Self {
        self.cache = cache;
        self
    }

    /// Takes these switches of `python`.
    #[must_use]
    pub fn flags(mut self, flags: PythonFlags) -> Self {
        self.flags = flags;
        self
    }

    /// Sets `sys.argv`.
    #[must_use]
    pub fn argv(mut self, argv: Vec<String>) -> Self {
        self.argv = argv;
        self
    }

    /// Whether Ctrl-C becomes `KeyboardInterrupt`: for a program that *is* the
    /// process. Off unless asked for, as a library must leave signals alone.
    #[must_use]
    pub fn handle_signals(mut self, handle: bool) -> Self {
        self.signals = handle;
        self
    }

    pub(crate) fn code_cache(&self) -> &CodeCache {
        &self.cache
    }

    pub(crate) fn python_flags(&self) -> &PythonFlags {
        &self.flags
    }

    pub(crate) fn handles_signals(&self) -> bool {
        self.signals
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        self.argv.clone()
    }

    /// Boots the interpreter on this thread.
    ///
    /// # Errors
    ///
    /// When a switch or an environment variable is invalid, an argument of the
    /// process is not UTF-8, or the interpreter fails to start.
    pub fn boot(self) -> Result<Engine, BootError> {
        self.boot_with(Site::WhereItHasWork)
    }

    pub(crate) fn boot_with(self, site: Site) -> Result<Engine, BootError> {
        if let Some(argument) = std::env::args_os().find(|argument| argument.to_str().is_none()) {
            return Err(BootError::Argument(argument));
        }
        let mut settings = environment::settings(&self.flags, self.argv)?;
        settings.install_signal_handlers = self.signals;
        STARTED.store(true, Ordering::Relaxed);
        platform::provide_first_memory();
        let options = environment::compile_options(&settings);
        let stdlib_path = stdlib_path();
        let importer = Arc::new(Importer::new(self.cache, options, stdlib_path.clone()));
        let interpreter = build(settings, stdlib_path);
        let engine = Engine { prepared: Prepared::default(), fresh_main: FreshMain::default(), interpreter, importer };
        engine.interpreter.enter(|vm| {
            finish_boot(vm, &engine.importer, site).map_err(|error| BootError::Start(describe(vm, &error)))
        })?;
        Ok(engine)
    }
}

/// When a start imports `site`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// Where it would find something to do.
    WhereItHasWork,
    /// Not in this process: those that are restored from its image decide.
    Never,
}

/// Whether this process has started an engine.
static STARTED: AtomicBool = AtomicBool::new(false);

pub(crate) fn has_started() -> bool {
    STARTED.load(Ordering::Relaxed)
}

impl Engine {
    /// Starts to describe an engine. By default it keeps no cache, takes the
    /// `PYTHON*` variables of the environment, and leaves signals alone.
    #[must_use]
    pub fn builder() -> EngineBuilder {
        EngineBuilder {
            cache: CodeCache::off(),
            flags: PythonFlags::default(),
            argv: vec![String::new()],
            signals: false,
        }
    }

    /// Runs code that works with the interpreter itself.
    pub fn enter<T>(&self, work: impl FnOnce(&VirtualMachine) -> T) -> T {
        self.interpreter.enter(work)
    }

    /// The cache that code is loaded through.
    #[must_use]
    pub fn cache(&self) -> CodeCache {
        self.importer.cache()
    }

    /// How sources are compiled here.
    #[must_use]
    pub fn options(&self) -> Options {
        self.importer.options
    }

    /// The code object of a source, from the cache or compiled now, for callers
    /// that work with the interpreter itself. `path` is shown as its file.
    ///
    /// # Errors
    ///
    /// The exception that Python raises for a source that does not compile.
    pub fn load_code(&self, source: &[u8], path: &str) -> PyResult<PyRef<PyCode>> {
        self.enter(|vm| {
            let options = self.options();
            self.importer.code_of(vm, path, source, Wtf8::new(path), options)
        })
    }

    pub(crate) fn importer(&self) -> &Arc<Importer> {
        &self.importer
    }

    pub(crate) fn fresh_main(&self) -> &FreshMain {
        &self.fresh_main
    }

    pub(crate) fn prepared(&self) -> &Prepared {
        &self.prepared
    }
}

/// Where the embedded standard library appears on `sys.path`: under the
/// program's own file, as zip archives appear under theirs.
fn stdlib_path() -> String {
    let program = std::env::current_exe().ok();
    let program = program.and_then(|path| path.into_os_string().into_string().ok());
    format!("{}/lib/python3.14", program.as_deref().unwrap_or("pyc-rs"))
}

fn build(settings: Settings, stdlib_path: String) -> Interpreter {
    let virtual_environment = environment::active_virtual_environment(&settings);
    let path_list = settings.path_list.clone();
    let builder = Interpreter::builder(settings);
    let definitions = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    builder
        .add_native_modules(&definitions)
        .init_hook(move |vm| {
            // Nothing else holds the state before the hooks have run.
            let Some(state) = PyRc::get_mut(&mut vm.state) else { return };
            // Nothing that is made during the start is garbage.
            state.gc.disable();
            deferred::ast(state);
            frozen::replace(state);
            let paths = &mut state.config.paths;
            paths.module_search_paths = path_list;
            paths.module_search_paths.push(stdlib_path.clone());
            paths.stdlib_dir = Some(stdlib_path);
            if let Some(folder) = virtual_environment.as_deref().and_then(|folder| folder.to_str()) {
                paths.prefix = folder.to_owned();
                paths.exec_prefix = folder.to_owned();
            }
        })
        .build()
}

fn finish_boot(vm: &VirtualMachine, importer: &Arc<Importer>, site: Site) -> PyResult<()> {
    install_tls_provider();
    deferred::ast_after_start(vm)?;
    stream_codec::after_start(vm)?;
    let start = importer::install(vm, importer)?;
    if site == Site::Never {
        // What is restored from an image is to have everything in place.
        importer.glue(vm)?;
    }
    let settings = &vm.state.config.settings;
    if !settings.warnoptions.is_empty() {
        vm.import("warnings", 0)?;
    }
    if settings.import_site {
        import_site(vm, &start, site)?;
    }
    if settings.faulthandler {
        let faulthandler = vm.import("faulthandler", 0)?;
        vm.call_method(&faulthandler, "enable", ())?;
    }
    // What is there now stays: no collection has to look at it.
    vm.state.gc.freeze();
    vm.state.gc.enable();
    Ok(())
}

/// `site` imports `os` and looks for folders to put on the path: most of what a start
/// costs. Where there is nothing for it to find, its builtins are all that a program
/// would miss of it.
fn import_site(vm: &VirtualMachine, start: &PyObjectRef, site: Site) -> PyResult<()> {
    let config = &vm.state.config;
    if site == Site::Never
        || !environment::site_has_work(&config.settings, &[&config.paths.prefix, &config.paths.exec_prefix])
    {
        return vm.call_method(start, "do_without_site", ()).map(drop);
    }
    let site = vm.import("site", 0)?;
    if let Some(folder) = environment::active_virtual_environment(&config.settings) {
        let add = site.get_attr("addsitedir", vm)?;
        for path in environment::site_packages(&folder) {
            add.call((vm.fsdecode(path),), vm)?;
        }
    }
    Ok(())
}

/// The `ssl` module takes the process's default engine; a second engine in this
/// process finds it installed, which is as good.
pub(crate) fn install_tls_provider() {
    use rustls::crypto::ring;
    use rustpython_stdlib::ssl::providers::CryptoExt;
    let extension = CryptoExt {
        all_cipher_suites: Some(ring::ALL_CIPHER_SUITES),
        default_cipher_suites: Some(ring::DEFAULT_CIPHER_SUITES),
        all_kx_groups: Some(ring::ALL_KX_GROUPS),
        any_supported_key: Some(ring::sign::any_supported_type),
        ticketer: ring::Ticketer::new,
    };
    let _ = CryptoExt::set_provider(ring::default_provider(), extension);
}

pub(crate) fn describe(vm: &VirtualMachine, error: &PyBaseExceptionRef) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = vm.write_exception(&mut text, error);
    text
}
