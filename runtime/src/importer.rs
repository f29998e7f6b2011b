//! What the import system asks of us: modules of the embedded bundle, and code
//! objects of source files through the cache.
//!
//! The Python side is `python/_pyc_rs_start.py` and, from the first import of what is not
//! built in, `python/_pyc_rs_importer.py`, which live in the bundle itself. Functions are
//! handed to it in a namespace object, so that nothing of ours is importable by accident and
//! nothing is global in the process.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};

use pyc_rs_compiler::{Options, Stack};
use rustpython_vm::{
    AsObject, PyObjectRef, PyRef, PyResult, TryFromObject as _, VirtualMachine,
    builtins::{PyCode, PyStrRef},
    common::wtf8::Wtf8,
    ospath::OsPath,
    scope::Scope,
};

use crate::{
    bundle::BundleFile,
    captured,
    code_cache::{CodeCache, LoadedSource, Origin},
    decode, frozen, mount, raise, stdlib,
};

const GLUE: &str = "_pyc_rs_importer";

/// The module that is the Python side of a sandbox.
const SANDBOX_GLUE: &str = "_pyc_rs_sandbox";

/// The Python side counts as part of the import system, whose frames the
/// interpreter leaves out of tracebacks. It knows them by this name.
const GLUE_FILE: &str = "<frozen importlib._bootstrap_external>";

/// What an interpreter's importers need.
pub(crate) struct Importer {
    /// A restored engine gets that of its own process.
    cache: RwLock<CodeCache>,
    pub(crate) options: Options,
    /// The entry of `sys.path` under which the embedded bundle appears.
    pub(crate) stdlib_path: String,
    /// Sources without a file, to be shown in tracebacks: (code, text).
    interactive: Mutex<Vec<(PyObjectRef, Arc<str>)>>,
    /// The module that shows them, once something has imported it.
    linecache: Mutex<Option<PyObjectRef>>,
    main: Mutex<MainCode>,
    /// The Python side of the start, once it is installed.
    start: Mutex<Option<PyObjectRef>>,
    /// The Python side of a sandbox, in an image.
    sandbox: Mutex<Option<PyObjectRef>>,
    /// The bundles at the front of `sys.path`, in order.
    pub(crate) mounted: Mutex<Vec<Arc<BundleFile>>>,
}

/// A code object and how it came about.
pub(crate) struct Loaded {
    pub(crate) code: PyRef<PyCode>,
    pub(crate) origin: Origin,
    /// Whether compiling the source warns.
    pub(crate) has_warnings: bool,
}

/// The code that a run is about.
#[derive(Default)]
struct MainCode {
    /// The module that is run by name, if one is.
    module: Option<String>,
    origin: Option<Origin>,
}

impl Importer {
    pub(crate) fn new(cache: CodeCache, options: Options, stdlib_path: String) -> Self {
        Self {
            cache: RwLock::new(cache),
            options,
            stdlib_path,
            interactive: Mutex::default(),
            linecache: Mutex::default(),
            main: Mutex::default(),
            start: Mutex::default(),
            sandbox: Mutex::default(),
            mounted: Mutex::default(),
        }
    }

    fn start(&self, vm: &VirtualMachine) -> PyResult {
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).clone();
        start.ok_or_else(|| vm.new_system_error("the importers are not installed"))
    }

    /// The Python side, which is complete then.
    pub(crate) fn glue(&self, vm: &VirtualMachine) -> PyResult {
        let start = self.start(vm)?;
        vm.call_method(&start, "joined", ())
    }

    /// The loader that the program in a file has as its `__loader__`.
    pub(crate) fn main_loader(&self, vm: &VirtualMachine, path: PyObjectRef) -> PyResult {
        let start = self.start(vm)?;
        vm.call_method(&start, "main_loader", (path,))
    }

    pub(crate) fn cache(&self) -> CodeCache {
        self.cache.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_cache(&self, cache: CodeCache) {
        *self.cache.write().unwrap_or_else(PoisonError::into_inner) = cache;
    }

    /// Begins a run, of a module if it is one.
    pub(crate) fn begin_run(&self, module: Option<&str>) {
        // The sources of earlier runs are of no use any more.
        self.interactive.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.main.lock().unwrap_or_else(PoisonError::into_inner) =
            MainCode { module: module.map(str::to_owned), origin: None };
    }

    /// Where the main code of this run came from. Code that could not even be
    /// compiled was not in the cache.
    pub(crate) fn main_origin(&self) -> Origin {
        let main = self.main.lock().unwrap_or_else(PoisonError::into_inner);
        main.origin.unwrap_or(if self.cache().store().root().is_some() { Origin::Miss } else { Origin::Off })
    }

    pub(crate) fn loaded(&self, name: &str, origin: Origin, since: Instant, source: Option<LoadedSource<'_>>) {
        let mut main = self.main.lock().unwrap_or_else(PoisonError::into_inner);
        let is_main = name == "__main__"
            || main
                .module
                .as_deref()
                .is_some_and(|module| name.strip_prefix(module).is_some_and(|rest| matches!(rest, "" | ".__main__")));
        if is_main {
            main.origin = Some(origin);
        }
        drop(main);
        self.cache().observed(name, origin, since, source);
    }

    /// The code object of a source that was read from `path`.
    pub(crate) fn code_of(
        &self,
        vm: &VirtualMachine,
        name: &str,
        source: &[u8],
        path: &Wtf8,
        options: Options,
    ) -> PyResult<PyRef<PyCode>> {
        self.load(vm, name, source, path, options).map(|loaded| loaded.code)
    }

    /// The same, and how it came about.
    pub(crate) fn load(
        &self,
        vm: &VirtualMachine,
        name: &str,
        source: &[u8],
        path: &Wtf8,
        options: Options,
    ) -> PyResult<Loaded> {
        let since = Instant::now();
        let code = self
            .cache()
            .load(source, options, Stack::MAIN_THREAD)
            .map_err(|error| raise::compile_error(vm, error, source, path))?;
        raise::syntax_warnings(vm, &code.warnings, path, code.origin, name == "__main__")?;
        let object =
            decode::decode(vm, code.payload(), path).map_err(|error| vm.new_system_error(error.to_string()))?;
        let shown = path.to_string_lossy();
        let source = LoadedSource { path: &shown, key: code.key, options, missed: code.missed.as_ref() };
        self.loaded(name, code.origin, since, Some(source));
        Ok(Loaded { code: object, origin: code.origin, has_warnings: !code.warnings.is_empty() })
    }

    /// Lets tracebacks show the lines of a source that is in no file, as soon as
    /// anything shows a traceback. Returns whether that is for good, and not for
    /// this run only.
    pub(crate) fn remember_source(&self, vm: &VirtualMachine, code: &PyRef<PyCode>, text: &Arc<str>) -> bool {
        let linecache = self.linecache.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(linecache) = linecache {
            register_source(vm, &linecache, code.as_object().to_owned(), text);
            return true;
        }
        let mut interactive = self.interactive.lock().unwrap_or_else(PoisonError::into_inner);
        interactive.push((code.as_object().to_owned(), Arc::clone(text)));
        false
    }

    fn linecache_loaded(&self, vm: &VirtualMachine, linecache: &PyObjectRef) {
        *self.linecache.lock().unwrap_or_else(PoisonError::into_inner) = Some(linecache.clone());
        let sources = std::mem::take(&mut *self.interactive.lock().unwrap_or_else(PoisonError::into_inner));
        for (code, text) in sources {
            register_source(vm, linecache, code, &text);
        }
    }
}

fn register_source(vm: &VirtualMachine, linecache: &PyObjectRef, code: PyObjectRef, text: &str) {
    let registered = linecache.get_attr("_register_code", vm).and_then(|register| {
        let name = code.get_attr("co_filename", vm)?;
        register.call((code, vm.ctx.new_str(text), name), vm)
    });
    // Without it a traceback lacks its source lines; nothing else is lost.
    drop(registered);
}

/// Installs the importers into a booted interpreter, and returns the Python side of the start.
pub(crate) fn install(vm: &VirtualMachine, importer: &Arc<Importer>) -> PyResult {
    let start = frozen::take_start(vm)?;
    let joining = Arc::clone(importer);
    let make_glue = vm.new_function("make_glue", move |without_site: bool, vm: &VirtualMachine| -> PyResult {
        make_glue(vm, &joining, without_site)
    });
    start.get_attr("install", vm)?.call((make_glue,), vm)?;
    *importer.start.lock().unwrap_or_else(PoisonError::into_inner) = Some(start.clone());
    Ok(start)
}

fn make_glue(vm: &VirtualMachine, importer: &Arc<Importer>, without_site: bool) -> PyResult {
    let bundle = stdlib::bundle().ok_or_else(|| vm.new_system_error("the embedded standard library is damaged"))?;
    let glue = import_glue(vm, GLUE)?;
    let native = mount::native_functions(vm, &bundle, importer)?;
    set_cache_functions(vm, importer, &|name, function| native.set_attr(name, function, vm))?;
    let root = vm.ctx.new_str(importer.stdlib_path.as_str());
    glue.get_attr("install", vm)?.call((native, root, without_site), vm)?;
    Ok(glue)
}

impl Importer {
    /// The Python side of a sandbox: the one that is there, or a new one.
    pub(crate) fn sandbox_glue(&self, vm: &VirtualMachine) -> PyResult {
        let ready = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        ready.map_or_else(|| import_glue(vm, SANDBOX_GLUE), Ok)
    }

    /// Has the Python side of a sandbox ready, for the image that is being made.
    pub(crate) fn prepare_sandbox(&self, vm: &VirtualMachine) -> PyResult<()> {
        let glue = import_glue(vm, SANDBOX_GLUE)?;
        *self.sandbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(glue);
        captured::make_types();
        Ok(())
    }

    /// Has the module `pwd` at hand in that sandbox, for the image that is being made.
    pub(crate) fn keep_users(&self, vm: &VirtualMachine, pwd: PyObjectRef) -> PyResult<()> {
        let glue = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).clone();
        glue.map_or(Ok(()), |glue| vm.call_method(&glue, "keep_users", (pwd,)).map(drop))
    }
}

/// Runs a module of ours that programs cannot import.
pub(crate) fn import_glue(vm: &VirtualMachine, name: &'static str) -> PyResult {
    let bundle = stdlib::bundle().ok_or_else(|| vm.new_system_error("the embedded standard library is damaged"))?;
    let code = mount::stored_code(vm, &bundle, name, Wtf8::new(GLUE_FILE))?;
    let globals = vm.ctx.new_dict();
    globals.set_item("__name__", vm.ctx.new_str(name).into(), vm)?;
    let module = vm.new_module(name, globals.clone(), None);
    vm.run_code_obj(code, Scope::with_builtins(None, globals, vm))?;
    Ok(module.into())
}

fn set_cache_functions(
    vm: &VirtualMachine,
    importer: &Arc<Importer>,
    set: &dyn Fn(&'static str, PyObjectRef) -> PyResult<()>,
) -> PyResult<()> {
    let loader = Arc::clone(importer);
    set(
        "load_file",
        vm.new_function("load_file", move |name: PyStrRef, path: PyObjectRef, vm: &VirtualMachine| -> PyResult {
            let (source, shown) = read_source(vm, path)?;
            let name = name.to_string_lossy();
            loader.code_of(vm, &name, &source, shown.as_wtf8(), loader.options).map(PyObjectRef::from)
        })
        .into(),
    )?;
    let mounting = Arc::clone(importer);
    set(
        "open_bundle",
        vm.new_function("open_bundle", move |path: PyObjectRef, vm: &VirtualMachine| -> PyResult {
            mount::open_from_path(vm, &mounting, path)
        })
        .into(),
    )?;
    let lines = Arc::clone(importer);
    set(
        "linecache_loaded",
        vm.new_function("linecache_loaded", move |module: PyObjectRef, vm: &VirtualMachine| {
            lines.linecache_loaded(vm, &module);
        })
        .into(),
    )
}

/// Reads a source file; a failure is the `OSError` that `open` would raise.
pub(crate) fn read_source(vm: &VirtualMachine, path: PyObjectRef) -> PyResult<(Vec<u8>, PyStrRef)> {
    let shown = path.str(vm)?;
    let os_path = OsPath::try_from_object(vm, path)?;
    let source = std::fs::read(&os_path.path).map_err(|error| raise::os_error(vm, &error, shown.as_object()))?;
    Ok((source, shown))
}
