//! Bundles as the import system sees them: the functions that its Python side
//! (`python/_pyc_rs_importer.py`) calls for one bundle, and what puts a bundle on `sys.path`.

use std::{
    io::Read as _,
    sync::{Arc, PoisonError},
    time::Instant,
};

use pyc_rs_cache::{Bundle, EntryKind, bundle::is_bundle};
use rustpython_vm::{
    PyObjectRef, PyRef, PyResult, TryFromObject as _, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyCode, PyStrRef},
    common::wtf8::Wtf8,
    function::FuncArgs,
    ospath::OsPath,
};

use crate::{
    bundle::{BundleBytes, BundleFile},
    code_cache::Origin,
    decode,
    engine::Engine,
    importer::Importer,
};

/// A bundle that modules are imported from.
pub(crate) trait Content: Clone + Send + Sync + 'static {
    type Bytes: AsRef<[u8]>;

    fn bundle(&self) -> &Bundle<Self::Bytes>;

    /// The path in front of messages about it; empty for the standard library.
    fn shown(&self) -> String;

    /// The code of a module of the bundle, which shows `path` as its file.
    fn code(&self, vm: &VirtualMachine, importer: &Importer, entry: &str, path: &Wtf8) -> PyResult<PyRef<PyCode>>;

    /// Whether folders without an `__init__` are packages, as in a folder on disk.
    fn has_namespaces(&self) -> bool;
}

/// The standard library.
impl Content for &'static Bundle<&'static [u8]> {
    type Bytes = &'static [u8];

    fn bundle(&self) -> &Bundle<&'static [u8]> {
        self
    }

    fn shown(&self) -> String {
        String::new()
    }

    fn code(&self, vm: &VirtualMachine, importer: &Importer, entry: &str, path: &Wtf8) -> PyResult<PyRef<PyCode>> {
        let since = Instant::now();
        let code = stored_code(vm, self, entry, path)?;
        importer.loaded(entry, Origin::Bundle, since, None);
        Ok(code)
    }

    fn has_namespaces(&self) -> bool {
        false
    }
}

/// A bundle of a user.
impl Content for Arc<BundleFile> {
    type Bytes = BundleBytes;

    fn bundle(&self) -> &Bundle<BundleBytes> {
        BundleFile::bundle(self)
    }

    fn shown(&self) -> String {
        format!("{}: ", self.path().display())
    }

    fn code(&self, vm: &VirtualMachine, importer: &Importer, entry: &str, path: &Wtf8) -> PyResult<PyRef<PyCode>> {
        if self.is_native() {
            let since = Instant::now();
            let code = stored_code(vm, self, entry, path)?;
            importer.loaded(entry, Origin::Bundle, since, None);
            return Ok(code);
        }
        // Byte code of another engine is never looked at.
        let source = match stored(self, entry, EntryKind::Source) {
            Some(Ok(source)) => source,
            Some(Err(problem)) => return Err(damaged(vm, entry, &problem)),
            None => {
                let error = self.check_engine().err().map(|error| error.to_string()).unwrap_or_default();
                return Err(damaged(vm, entry, &error));
            }
        };
        importer.code_of(vm, entry, &source, path, self.options())
    }

    fn has_namespaces(&self) -> bool {
        true
    }
}

/// The code object of an entry, which must be for this engine.
pub(crate) fn stored_code<C: Content>(
    vm: &VirtualMachine,
    content: &C,
    entry: &str,
    path: &Wtf8,
) -> PyResult<PyRef<PyCode>> {
    let found = content
        .bundle()
        .find(entry, EntryKind::Code)
        .ok_or_else(|| damaged(vm, entry, &format!("{}no code for {entry} in the bundle", content.shown())))?;
    let bytes = found.bytes().map_err(|error| damaged(vm, entry, &format!("{}{error}", content.shown())))?;
    decode::decode(vm, &bytes, path).map_err(|error| damaged(vm, entry, &format!("{}{error}", content.shown())))
}

fn damaged(vm: &VirtualMachine, entry: &str, problem: &str) -> PyBaseExceptionRef {
    vm.new_import_error(problem.to_owned(), vm.ctx.new_utf8_str(entry))
}

/// The bytes of an entry, or what is wrong with it.
fn stored<C: Content>(content: &C, entry: &str, kind: EntryKind) -> Option<Result<Vec<u8>, String>> {
    let entry = content.bundle().find(entry, kind)?;
    let bytes = entry.bytes().map(std::borrow::Cow::into_owned);
    Some(bytes.map_err(|error| format!("{}{error}", content.shown())))
}

/// The functions that the Python side calls for one bundle, in a namespace of their own, so that
/// nothing of ours is importable by accident and nothing is global in the process.
pub(crate) fn native_functions<C: Content>(vm: &VirtualMachine, content: &C, importer: &Arc<Importer>) -> PyResult {
    let namespace: PyObjectRef = vm.new_module("_pyc_rs", vm.ctx.new_dict(), None).into();
    let set = |name: &'static str, function: PyObjectRef| namespace.set_attr(name, function, vm);
    set_module_functions(vm, content, importer, &set)?;
    set_file_functions(vm, content, &set)?;
    Ok(namespace)
}

type Set<'a> = dyn Fn(&'static str, PyObjectRef) -> PyResult<()> + 'a;

fn set_module_functions<C: Content>(
    vm: &VirtualMachine,
    content: &C,
    importer: &Arc<Importer>,
    set: &Set<'_>,
) -> PyResult<()> {
    let bundle = content.clone();
    let find = move |name: PyStrRef| -> Option<bool> {
        bundle.bundle().find(name.to_str()?, EntryKind::Code).map(|entry| entry.is_package)
    };
    set("bundle_find", vm.new_function("bundle_find", find).into())?;

    let (bundle, importer) = (content.clone(), Arc::clone(importer));
    let code = move |name: PyStrRef, path: PyStrRef, vm: &VirtualMachine| -> PyResult {
        bundle.code(vm, &importer, &name.to_string_lossy(), path.as_wtf8()).map(PyObjectRef::from)
    };
    set("bundle_code", vm.new_function("bundle_code", code).into())?;

    let bundle = content.clone();
    let source = move |name: PyStrRef, vm: &VirtualMachine| -> PyResult<Option<String>> {
        let Some(entry) = name.to_str() else { return Ok(None) };
        match stored(&bundle, entry, EntryKind::Source) {
            None => Ok(None),
            Some(Ok(bytes)) => Ok(pyc_rs_compiler::source::decode(&bytes).ok().map(|source| source.text.into_owned())),
            Some(Err(problem)) => Err(damaged(vm, entry, &problem)),
        }
    };
    set("bundle_source", vm.new_function("bundle_source", source).into())?;

    let bundle = content.clone();
    let children = move |package: PyStrRef, vm: &VirtualMachine| -> PyObjectRef {
        let children = bundle.bundle().children(package.to_str().unwrap_or_default()).map(|entry| {
            let tail = entry.name.rsplit('.').next().unwrap_or_default();
            vm.new_tuple((vm.ctx.new_str(tail), vm.ctx.new_bool(entry.is_package))).into()
        });
        vm.ctx.new_list(children.collect()).into()
    };
    set("bundle_children", vm.new_function("bundle_children", children).into())
}

fn set_file_functions<C: Content>(vm: &VirtualMachine, content: &C, set: &Set<'_>) -> PyResult<()> {
    let bundle = content.clone();
    let data = move |path: PyStrRef, vm: &VirtualMachine| -> PyResult<Option<PyObjectRef>> {
        match path.to_str().and_then(|path| file_in(&bundle, path)) {
            None => Ok(None),
            Some(Ok(bytes)) => Ok(Some(vm.ctx.new_bytes(bytes).into())),
            Some(Err(problem)) => Err(vm.new_os_error(problem)),
        }
    };
    set("bundle_data", vm.new_function("bundle_data", data).into())?;

    let bundle = content.clone();
    let list = move |folder: PyStrRef, vm: &VirtualMachine| -> PyObjectRef {
        let names = names_in_folder(bundle.bundle(), folder.to_str().unwrap_or_default());
        vm.ctx.new_list(names.into_iter().map(|name| vm.ctx.new_str(name).into()).collect()).into()
    };
    set("bundle_list", vm.new_function("bundle_list", list).into())?;

    let bundle = content.clone();
    let folder = move |path: PyStrRef| -> bool {
        bundle.has_namespaces() && path.to_str().is_some_and(|path| bundle.bundle().has_folder(path))
    };
    set("bundle_folder", vm.new_function("bundle_folder", folder).into())
}

/// A data file of the bundle, or the source of one of its modules by file name.
fn file_in<C: Content>(content: &C, path: &str) -> Option<Result<Vec<u8>, String>> {
    stored(content, path, EntryKind::Data).or_else(|| {
        let stem = path.strip_suffix(".py")?;
        let package = stem.strip_suffix("/__init__");
        let name = package.unwrap_or(stem).replace('/', ".");
        // `a.py` is not there where `a/__init__.py` is.
        let found = content.bundle().find(&name, EntryKind::Source)?;
        if found.is_package == package.is_some() { stored(content, &name, EntryKind::Source) } else { None }
    })
}

/// Files and folders directly in a folder of the bundle.
fn names_in_folder<B: AsRef<[u8]>>(bundle: &Bundle<B>, folder: &str) -> Vec<String> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut names: Vec<String> = bundle
        .entries()
        .filter_map(|entry| {
            let path = match entry.kind {
                EntryKind::Code => return None,
                EntryKind::Data => entry.name.to_owned(),
                EntryKind::Source if entry.is_package => format!("{}/__init__.py", entry.name.replace('.', "/")),
                EntryKind::Source => format!("{}.py", entry.name.replace('.', "/")),
            };
            path.strip_prefix(&prefix)?.split('/').next().map(str::to_owned)
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A bundle that stands on `sys.path`, opened; `None` if the file is something else.
pub(crate) fn open_from_path(vm: &VirtualMachine, importer: &Arc<Importer>, path: PyObjectRef) -> PyResult {
    // An image cannot hold a file that is mapped.
    if crate::image::is_recording() {
        return Ok(vm.ctx.none());
    }
    let path = OsPath::try_from_object(vm, path)?;
    let mut start = Vec::new();
    let read = std::fs::File::open(&path.path).and_then(|file| file.take(512).read_to_end(&mut start));
    if read.is_err() || !is_bundle(&start) {
        return Ok(vm.ctx.none());
    }
    let opened = BundleFile::open(&path.path).and_then(|file| file.check_engine().map(|()| file));
    match opened {
        Ok(file) => native_functions(vm, &file, importer),
        Err(error) => Err(damaged(vm, "", &error.to_string())),
    }
}

/// What a bundle is called on `sys.path`, in this process.
pub(crate) fn root_of(vm: &VirtualMachine, file: &BundleFile) -> PyObjectRef {
    let absolute = std::path::absolute(file.path()).unwrap_or_else(|_| file.path().to_owned());
    vm.fsdecode(absolute).into()
}

/// Makes the modules of a bundle importable, unless they are already. Whether they were not.
pub(crate) fn mount(vm: &VirtualMachine, importer: &Arc<Importer>, file: &Arc<BundleFile>) -> PyResult<bool> {
    {
        let mut mounted = importer.mounted.lock().unwrap_or_else(PoisonError::into_inner);
        if mounted.iter().any(|other| Arc::ptr_eq(other, file) || other.path() == file.path()) {
            return Ok(false);
        }
        mounted.push(Arc::clone(file));
    }
    let native = native_functions(vm, file, importer)?;
    let glue = importer.glue(vm)?;
    vm.call_method(&glue, "mount", (native, root_of(vm, file)))?;
    Ok(true)
}

/// The spec of a module of one bundle, whatever else is on `sys.path`.
pub(crate) fn spec_in(vm: &VirtualMachine, importer: &Importer, file: &BundleFile, name: &str) -> PyResult {
    let arguments = FuncArgs::from(vec![root_of(vm, file), vm.ctx.new_str(name).into()]);
    importer.glue(vm)?.get_attr("spec_in", vm)?.call(arguments, vm)
}

/// Puts a path behind the bundles at the front of `sys.path`.
pub(crate) fn insert_behind_bundles(vm: &VirtualMachine, importer: &Importer, path: PyObjectRef) -> PyResult<()> {
    let number = importer.mounted.lock().unwrap_or_else(PoisonError::into_inner).len();
    let list = vm.sys_module.get_attr("path", vm)?;
    vm.call_method(&list, "insert", (number, path)).map(drop)
}

/// A bundle that an engine cannot import from.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// Its code is for another engine, and its sources are not in it.
    #[error(transparent)]
    Open(#[from] crate::bundle::OpenError),
    /// The import system refused it.
    #[error("cannot import from {path}: {problem}")]
    Python {
        /// The bundle.
        path: String,
        /// The exception.
        problem: String,
    },
}

impl Engine {
    /// Makes the modules of a bundle importable: before everything else on `sys.path`, but
    /// behind the bundles that were mounted before.
    ///
    /// # Errors
    ///
    /// When the bundle is for another engine and has no sources.
    pub fn mount(&self, file: &Arc<BundleFile>) -> Result<(), MountError> {
        file.check_engine()?;
        self.enter(|vm| {
            mount_in_front(vm, self.importer(), file).map_err(|error| MountError::Python {
                path: file.path().display().to_string(),
                problem: crate::engine::describe(vm, &error),
            })
        })
    }
}

/// [`mount`], and on `sys.path`.
pub(crate) fn mount_in_front(vm: &VirtualMachine, importer: &Arc<Importer>, file: &Arc<BundleFile>) -> PyResult<()> {
    if mount(vm, importer, file)? {
        let number = importer.mounted.lock().unwrap_or_else(PoisonError::into_inner).len();
        let list = vm.sys_module.get_attr("path", vm)?;
        vm.call_method(&list, "insert", (number - 1, root_of(vm, file)))?;
    }
    Ok(())
}
