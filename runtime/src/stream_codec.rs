//! The codec of the standard streams, without the modules that define codecs.
//!
//! The interpreter imports `codecs` and three codecs at every start, a quarter of its
//! instructions, and needs of them what encodes and decodes UTF-8 in its three streams.
//! While it starts, a class of ours is in the place of those modules. Afterwards it is gone,
//! and whoever asks for a codec gets it from the modules themselves
//! (`_search_encoding` in `python/_pyc_rs_start.py`); so does standard input, when something
//! is read from it as text.

#![allow(clippy::needless_pass_by_value, reason = "the shape of native methods")]

use rustpython_vm::{
    Py, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{PyModule, PyStrRef},
    class::PyClassImpl as _,
    common::lock::PyMutex,
    function::OptionalArg,
    import, pyclass,
    types::PyTypeSlots,
};

/// The modules that the interpreter asks for their codecs.
const MODULES: [&str; 4] = ["codecs", "encodings_ascii", "encodings_utf_8", "encodings_latin_1"];

/// The names that it registers those codecs under.
const NAMES: [&str; 8] = ["ascii", "utf-8", "utf8", "latin-1", "latin_1", "latin1", "iso8859-1", "iso8859_1"];

/// Prepares a start whose streams are in UTF-8. In any other the modules are imported.
pub(crate) fn before_start(vm: &VirtualMachine) -> PyResult<()> {
    if vm.state.config.settings.stdio_encoding.as_deref() != Some("utf-8") {
        return Ok(());
    }
    let _ = Decoder::make_static_type();
    let functions = import::import_builtin(vm, "_codecs")?;
    let codec =
        vm.ctx.new_class(Some("codecs"), "CodecInfo", vm.ctx.types.tuple_type.to_owned(), PyTypeSlots::heap_default());
    let decoder = vm.new_function("incrementaldecoder", |errors: PyStrRef, vm: &VirtualMachine| -> PyObjectRef {
        Decoder { errors, real: PyMutex::default() }.into_ref(&vm.ctx).into()
    });
    let codec: PyObjectRef = codec.into();
    codec.set_attr("incrementaldecoder", decoder, vm)?;
    // Without an incremental encoder the streams call the first of these for each piece of text.
    let parts = vec![
        functions.get_attr("utf_8_encode", vm)?,
        functions.get_attr("utf_8_decode", vm)?,
        vm.ctx.none(),
        vm.ctx.none(),
    ];
    let info = codec.call((vm.ctx.new_tuple(parts),), vm)?;
    let entry = vm.new_function("getregentry", move || -> PyObjectRef { info.clone() });
    codec.set_attr("getregentry", entry, vm)?;
    let modules = vm.sys_module.get_attr("modules", vm)?;
    MODULES.iter().try_for_each(|name| modules.set_item(*name, codec.clone(), vm))
}

/// Takes away what [`before_start`] prepared.
pub(crate) fn after_start(vm: &VirtualMachine) -> PyResult<()> {
    let modules = vm.sys_module.get_attr("modules", vm)?;
    if modules.get_item(MODULES[0], vm)?.downcastable::<PyModule>() {
        return Ok(());
    }
    for name in NAMES {
        vm.state.codec_registry.forget(name);
    }
    MODULES.iter().try_for_each(|name| modules.del_item(*name, vm))
}

/// Decodes what is read from standard input, with the decoder of `codecs`.
#[pyclass(module = false, name = "StreamDecoder")]
#[derive(Debug, PyPayload)]
struct Decoder {
    errors: PyStrRef,
    /// Made when something is decoded.
    real: PyMutex<Option<PyObjectRef>>,
}

impl Decoder {
    fn call(&self, vm: &VirtualMachine, method: &'static str, args: Vec<PyObjectRef>) -> PyResult {
        let made = self.real.lock().clone();
        let real = if let Some(real) = made {
            real
        } else {
            let find = vm.import("codecs", 0)?.get_attr("getincrementaldecoder", vm)?;
            let real = find.call(("utf-8",), vm)?.call((self.errors.clone(),), vm)?;
            self.real.lock().get_or_insert(real).clone()
        };
        real.get_attr(method, vm)?.call(args, vm)
    }
}

#[pyclass(flags(DISALLOW_INSTANTIATION))]
impl Decoder {
    #[pymethod]
    fn decode(zelf: &Py<Self>, input: PyObjectRef, last: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult {
        let last = last.into_option();
        zelf.call(vm, "decode", [input].into_iter().chain(last).collect::<Vec<_>>())
    }

    #[pymethod]
    fn reset(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        zelf.call(vm, "reset", vec![])
    }

    #[pymethod]
    fn getstate(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        zelf.call(vm, "getstate", vec![])
    }

    #[pymethod]
    fn setstate(zelf: &Py<Self>, state: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        zelf.call(vm, "setstate", vec![state])
    }
}
