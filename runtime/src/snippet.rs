//! Running snippets in this process, one after another, each with fresh globals.

use std::{cell::Cell, rc::Rc, sync::Arc, time::Instant};

use pyc_rs_cache::EntryKind;
use pyc_rs_compiler::{Mode, Options, source};
use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyFloat, PyInt, PyList, PyStr},
    common::wtf8::Wtf8,
};

use crate::{
    bundle::BundleFile,
    capture::Capture,
    code_cache::Origin,
    engine::Engine,
    failure::failure,
    importer::Loaded,
    mount,
    outcome::{Failure, Outcome, Usage},
    platform,
    prepared::Ready,
    program,
};

/// A piece of source and the name it goes by, or a part of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    pub(crate) name: String,
    pub(crate) source: Vec<u8>,
    /// Where the code is, if there is no source.
    pub(crate) bundle: Option<Arc<BundleFile>>,
}

impl Snippet {
    /// A snippet called `name`, which tracebacks show as its file.
    pub fn new(name: impl Into<String>, source: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), source: source.into(), bundle: None }
    }

    /// A module of a bundle (`package.module`), run as the main module, or a function in one
    /// (`package.module:function`), which is called without arguments and whose result is the
    /// value of the run. Everything in the bundle can be imported from then on.
    pub fn from_bundle(bundle: &Arc<BundleFile>, name: impl Into<String>) -> Self {
        Self { name: name.into(), source: Vec::new(), bundle: Some(Arc::clone(bundle)) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Engine {
    /// Runs a snippet that is trusted, with globals of its own, and tells what
    /// came of it. Modules that it imports stay imported.
    #[must_use]
    pub fn run(&self, snippet: &Snippet) -> Outcome {
        self.enter(|vm| {
            let measure = Measure::start();
            let capture = Capture::start(vm);
            let bundled = snippet.bundle.as_ref();
            self.importer().begin_run(bundled.and_then(|_| snippet.name.split(':').next()));
            let result = match bundled {
                Some(file) => self.run_bundled(vm, file, &snippet.name),
                None => self.run_block(vm, snippet),
            };
            let parts = describe(vm, result, self.importer().main_origin());
            let (stdout, stderr) = capture.map(|capture| capture.finish(vm)).unwrap_or_default();
            measure.outcome(parts, stdout, stderr)
        })
    }

    fn run_block(&self, vm: &VirtualMachine, snippet: &Snippet) -> PyResult {
        let scope = self.fresh_main().scope(vm)?;
        let ready = self.prepare(vm, snippet)?;
        if let Some(text) = &ready.text
            && !ready.shown.get()
        {
            ready.shown.set(self.importer().remember_source(vm, &ready.code, text));
        }
        vm.run_code_obj(ready.code.clone(), scope)
    }

    fn run_bundled(&self, vm: &VirtualMachine, file: &Arc<BundleFile>, name: &str) -> PyResult {
        if let Err(error) = file.check_engine() {
            return Err(vm.new_import_error(error.to_string(), vm.ctx.new_utf8_str(name)));
        }
        let scope = self.fresh_main().scope(vm)?;
        mount::mount_in_front(vm, self.importer(), file)?;
        if let Some((module, function)) = name.split_once(':') {
            return program::call_function(vm, module, function);
        }
        let spec_of = |name: &str| mount::spec_in(vm, self.importer(), file, name);
        let mut spec = spec_of(name)?;
        if file.bundle().find(name, EntryKind::Code).is_some_and(|module| module.is_package) {
            vm.import(vm.ctx.intern_str(name), 0)?;
            spec = spec_of(&format!("{name}.__main__"))?;
        } else if let Some((parent, _)) = name.rsplit_once('.') {
            vm.import(vm.ctx.intern_str(parent), 0)?;
        }
        let loader = if vm.is_none(&spec) { vm.ctx.none() } else { spec.get_attr("loader", vm)? };
        if vm.is_none(&loader) {
            let problem = format!("{}: there is no module {name} to run", file.path().display());
            return Err(vm.new_import_error(problem, vm.ctx.new_utf8_str(name)));
        }
        let code = vm.call_method(&loader, "get_code", ())?;
        let globals = &scope.globals;
        globals.set_item("__package__", spec.get_attr("parent", vm)?, vm)?;
        globals.set_item("__file__", spec.get_attr("origin", vm)?, vm)?;
        globals.set_item("__loader__", loader, vm)?;
        globals.set_item("__spec__", spec, vm)?;
        match code.downcast::<PyCode>() {
            Ok(code) => vm.run_code_obj(code, scope),
            Err(_) => Err(vm.new_system_error("the loader has no code object")),
        }
    }

    /// The code object of a snippet: from an earlier run, or through the cache.
    fn prepare(&self, vm: &VirtualMachine, snippet: &Snippet) -> PyResult<Rc<Ready>> {
        let since = Instant::now();
        if let Some(ready) = self.prepared().get(&snippet.source, &snippet.name) {
            self.importer().loaded("__main__", Origin::Hit, since, None);
            return Ok(ready);
        }
        let options = Options { mode: Mode::Block, ..self.options() };
        let Loaded { code, origin, has_warnings } =
            self.importer().load(vm, "__main__", &snippet.source, Wtf8::new(snippet.name.as_str()), options)?;
        let text = source::decode(&snippet.source).ok().map(|text| text.text.into());
        let ready = Rc::new(Ready { name: snippet.name.clone(), code, text, shown: Cell::new(false) });
        // Without a cache nothing is kept, and what warns does so at each run.
        if origin != Origin::Off && !has_warnings {
            self.prepared().keep(&snippet.source, &ready);
        }
        Ok(ready)
    }
}

/// What a run came to, before its streams are known.
pub(crate) struct Parts {
    return_value: Option<String>,
    value: Option<serde_json::Value>,
    error: Option<Failure>,
    origin: Origin,
}

/// The clock and the meter of one run.
pub(crate) struct Measure {
    since: Instant,
    before: Usage,
}

impl Measure {
    pub(crate) fn start() -> Self {
        Self { since: Instant::now(), before: platform::usage() }
    }

    pub(crate) fn outcome(self, parts: Parts, stdout: String, stderr: String) -> Outcome {
        let after = platform::usage();
        Outcome {
            stdout,
            stderr,
            return_value: parts.return_value,
            value: parts.value,
            error: parts.error,
            duration_ns: u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX),
            cache: parts.origin,
            usage: Usage { cpu_ns: after.cpu_ns.saturating_sub(self.before.cpu_ns), ..after },
            sandbox: None,
        }
    }
}

/// Turns a result into what an outcome says of it.
pub(crate) fn describe(vm: &VirtualMachine, result: PyResult, origin: Origin) -> Parts {
    let mut parts = Parts { return_value: None, value: None, error: None, origin };
    match result {
        Ok(value) if vm.is_none(&value) => {}
        Ok(value) => match value.repr(vm) {
            Ok(repr) => {
                parts.return_value = Some(repr.to_string_lossy().into_owned());
                parts.value = as_json(vm, &value, 0);
            }
            // A `__repr__` may fail like any other code of the program.
            Err(exception) => parts.error = failure(vm, &exception),
        },
        Err(exception) => parts.error = failure(vm, &exception),
    }
    parts
}

/// Deepest value that is turned into JSON.
const JSON_DEPTH: usize = 64;

/// The value as JSON, unless something of it would be lost.
pub(crate) fn as_json(vm: &VirtualMachine, value: &PyObjectRef, depth: usize) -> Option<serde_json::Value> {
    use serde_json::Value;
    if depth > JSON_DEPTH {
        return None;
    }
    if vm.is_none(value) {
        return Some(Value::Null);
    }
    if value.class().is(vm.ctx.types.bool_type) {
        return value.clone().try_to_bool(vm).ok().map(Value::Bool);
    }
    if let Some(int) = value.downcast_ref_if_exact::<PyInt>(vm) {
        let digits = int.as_bigint().to_string();
        return digits.parse::<i64>().map(Value::from).or_else(|_| digits.parse::<u64>().map(Value::from)).ok();
    }
    if let Some(float) = value.downcast_ref_if_exact::<PyFloat>(vm) {
        return serde_json::Number::from_f64(float.to_f64()).map(Value::Number);
    }
    if let Some(text) = value.downcast_ref_if_exact::<PyStr>(vm) {
        return text.to_str().map(|text| Value::String(text.to_owned()));
    }
    if let Some(list) = value.downcast_ref_if_exact::<PyList>(vm) {
        let items = list.borrow_vec().to_vec();
        return items.iter().map(|item| as_json(vm, item, depth + 1)).collect::<Option<Vec<_>>>().map(Value::Array);
    }
    let dict = value.downcast_ref_if_exact::<PyDict>(vm)?;
    let mut map = serde_json::Map::new();
    for (name, item) in &dict.to_owned() {
        let name = name.downcast_ref_if_exact::<PyStr>(vm)?.to_str()?.to_owned();
        map.insert(name, as_json(vm, &item, depth + 1)?);
    }
    Some(Value::Object(map))
}
