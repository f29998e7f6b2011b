//! The streams that take the place of standard output and standard error while a
//! run is captured, or in a process whose output somebody else collects.
//!
//! They do what a `TextIOWrapper` over a pipe does, in a hundredth of the time that
//! making and closing one takes, which for short snippets is most of a run.

#![allow(clippy::needless_pass_by_value, reason = "the shape of native methods")]

use std::{fmt, io};

use rustpython_vm::{
    AsObject as _, FromArgs, Py, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyStr, PyStrRef, PyUtf8StrRef},
    class::PyClassImpl as _,
    common::lock::PyMutex,
    convert::IntoPyException as _,
    function::{ArgBytesLike, ArgIterable, OptionalArg},
    pyclass,
    types::Representable,
};

/// The binary end of a captured stream. It cannot be closed: what was written
/// before is still wanted.
#[pyclass(module = false, name = "CapturedBytes")]
#[derive(Debug, PyPayload)]
pub(crate) struct Sink {
    name: &'static str,
    target: Target,
}

/// Where bytes go.
#[derive(Debug)]
enum Target {
    Kept(PyMutex<Vec<u8>>),
    Passed(Box<dyn Outlet>),
}

/// Somebody who takes the bytes of a stream as they come.
pub(crate) trait Outlet: fmt::Debug + Send + Sync {
    /// Takes some.
    fn push(&self, bytes: &[u8]) -> io::Result<()>;

    /// The descriptor that leads to the same place.
    fn descriptor(&self) -> i32;
}

/// The text end, `sys.stdout` or `sys.stderr`.
#[pyclass(module = false, name = "CapturedText")]
#[derive(Debug, PyPayload)]
pub(crate) struct Text {
    sink: PyRef<Sink>,
    format: PyMutex<Format>,
}

/// How text becomes bytes. None of the fields is set until `reconfigure` is called.
#[derive(Clone, Debug, Default)]
struct Format {
    encoding: Option<PyUtf8StrRef>,
    errors: Option<PyUtf8StrRef>,
    newline: Option<PyStrRef>,
    line_buffering: bool,
    write_through: bool,
    detached: bool,
}

#[derive(FromArgs)]
struct Reconfigure {
    #[pyarg(named, default)]
    encoding: Option<PyUtf8StrRef>,
    #[pyarg(named, default)]
    errors: Option<PyUtf8StrRef>,
    #[pyarg(named, optional)]
    newline: OptionalArg<Option<PyStrRef>>,
    #[pyarg(named, default)]
    line_buffering: Option<bool>,
    #[pyarg(named, default)]
    write_through: Option<bool>,
}

fn unsupported(vm: &VirtualMachine, what: &str) -> PyBaseExceptionRef {
    let made = vm
        .import("_io", 0)
        .and_then(|io| io.get_attr("UnsupportedOperation", vm))
        .and_then(|kind| kind.call((format!("{what}: this stream is captured"),), vm));
    match made.map(PyObjectRef::downcast) {
        Ok(Err(_)) => vm.new_os_error(what.to_owned()),
        Ok(Ok(error)) | Err(error) => error,
    }
}

/// Makes the types of these streams, which is done once in a process, or in an image.
pub(crate) fn make_types() {
    let _ = (Sink::make_static_type(), Text::make_static_type());
}

impl Sink {
    fn push(&self, data: &[u8], vm: &VirtualMachine) -> PyResult<()> {
        match &self.target {
            Target::Kept(bytes) => bytes.lock().extend_from_slice(data),
            Target::Passed(outlet) => outlet.push(data).map_err(|error| error.into_pyexception(vm))?,
        }
        Ok(())
    }

    fn descriptor(&self, vm: &VirtualMachine) -> PyResult<i32> {
        match &self.target {
            Target::Kept(_) => Err(unsupported(vm, "fileno")),
            Target::Passed(outlet) => Ok(outlet.descriptor()),
        }
    }
}

#[pyclass(flags(DISALLOW_INSTANTIATION))]
impl Sink {
    #[pymethod]
    fn write(zelf: &Py<Self>, data: ArgBytesLike, vm: &VirtualMachine) -> PyResult<usize> {
        let data = data.borrow_buf();
        zelf.push(&data, vm)?;
        Ok(data.len())
    }

    #[pymethod]
    fn readable(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn writable(_zelf: &Py<Self>) -> bool {
        true
    }

    #[pymethod]
    fn seekable(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn isatty(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn flush(_zelf: &Py<Self>) {}

    #[pymethod]
    fn close(_zelf: &Py<Self>) {}

    #[pymethod]
    fn fileno(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<i32> {
        zelf.descriptor(vm)
    }

    #[pygetset]
    fn closed(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pygetset]
    fn name(zelf: &Py<Self>) -> &'static str {
        zelf.name
    }

    #[pygetset]
    fn mode(_zelf: &Py<Self>) -> &'static str {
        "wb"
    }
}

impl Text {
    /// A stream called `name`, `<stdout>` or `<stderr>`.
    pub(crate) fn new(vm: &VirtualMachine, name: &'static str) -> PyRef<Self> {
        Self::over(vm, name, Target::Kept(PyMutex::default()))
    }

    /// One that passes on what is written.
    #[allow(dead_code, reason = "for the sandbox, which not every platform has")]
    pub(crate) fn passing(vm: &VirtualMachine, name: &'static str, outlet: Box<dyn Outlet>) -> PyRef<Self> {
        Self::over(vm, name, Target::Passed(outlet))
    }

    fn over(vm: &VirtualMachine, name: &'static str, target: Target) -> PyRef<Self> {
        let sink = Sink { name, target }.into_ref(&vm.ctx);
        Self { sink, format: PyMutex::default() }.into_ref(&vm.ctx)
    }

    /// Everything that was written and kept so far. Nothing of it is given again.
    pub(crate) fn take(&self) -> Vec<u8> {
        match &self.sink.target {
            Target::Kept(bytes) => std::mem::take(&mut *bytes.lock()),
            Target::Passed(_) => Vec::new(),
        }
    }

    fn is_stderr(&self) -> bool {
        self.sink.name == "<stderr>"
    }

    fn default_errors(&self) -> &'static str {
        if self.is_stderr() { "backslashreplace" } else { "strict" }
    }

    fn put(&self, text: &Py<PyStr>, vm: &VirtualMachine) -> PyResult<usize> {
        let format = self.format.lock();
        if format.detached {
            return Err(vm.new_value_error("underlying buffer has been detached"));
        }
        match text.to_str() {
            Some(plain) if format.encoding.is_none() && format.newline.is_none() => {
                self.sink.push(plain.as_bytes(), vm)?;
            }
            _ => {
                let format = PyMutex::new(format.clone());
                // A codec may be Python code, which may write.
                self.put_encoded(text, &format.lock(), vm)?;
            }
        }
        Ok(text.char_len())
    }

    fn put_encoded(&self, text: &Py<PyStr>, format: &Format, vm: &VirtualMachine) -> PyResult<()> {
        let mut text = text.to_owned();
        if let Some(newline) = &format.newline {
            text = vm.call_method(text.as_object(), "replace", ("\n", newline.clone()))?.try_into_value(vm)?;
        }
        let encoding = format.encoding.as_ref().map_or("utf-8", |encoding| encoding.as_str());
        let errors = format.errors.clone().unwrap_or_else(|| vm.ctx.new_utf8_str(self.default_errors()));
        let bytes = vm.state.codec_registry.encode_text(text, encoding, Some(errors), vm)?;
        self.sink.push(bytes.as_bytes(), vm)
    }
}

#[pyclass(with(Representable), flags(DISALLOW_INSTANTIATION, HAS_DICT))]
impl Text {
    #[pymethod]
    fn write(zelf: &Py<Self>, text: PyStrRef, vm: &VirtualMachine) -> PyResult<usize> {
        zelf.put(&text, vm)
    }

    #[pymethod]
    fn writelines(zelf: &Py<Self>, lines: ArgIterable<PyStrRef>, vm: &VirtualMachine) -> PyResult<()> {
        for line in lines.iter(vm)? {
            // What a program has put in the place of `write` is asked, too.
            vm.call_method(zelf.as_object(), "write", (line?,))?;
        }
        Ok(())
    }

    #[pymethod]
    fn reconfigure(zelf: &Py<Self>, args: Reconfigure, vm: &VirtualMachine) -> PyResult<()> {
        if let Some(encoding) = &args.encoding {
            // An encoding that is not there is refused here, not at the next write.
            vm.state.codec_registry.lookup(encoding.as_str(), vm)?;
        }
        if let Some(errors) = &args.errors {
            vm.state.codec_registry.lookup_error(errors.as_str(), vm)?;
        }
        let mut format = zelf.format.lock();
        if args.encoding.is_some() {
            // As in Python, a new encoding without a handler goes back to the default one.
            format.errors = None;
            format.encoding = args.encoding;
        }
        format.errors = args.errors.or(format.errors.take());
        match args.newline {
            OptionalArg::Present(Some(newline)) if matches!(newline.to_str(), Some("\r" | "\r\n")) => {
                format.newline = Some(newline);
            }
            OptionalArg::Present(_) => format.newline = None,
            OptionalArg::Missing => {}
        }
        format.line_buffering = args.line_buffering.unwrap_or(format.line_buffering);
        format.write_through = args.write_through.unwrap_or(format.write_through);
        Ok(())
    }

    #[pymethod]
    fn detach(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyRef<Sink>> {
        let mut format = zelf.format.lock();
        if std::mem::replace(&mut format.detached, true) {
            return Err(vm.new_value_error("underlying buffer has been detached"));
        }
        Ok(zelf.sink.clone())
    }

    #[pymethod]
    fn readable(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn writable(_zelf: &Py<Self>) -> bool {
        true
    }

    #[pymethod]
    fn seekable(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn isatty(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn flush(_zelf: &Py<Self>) {}

    #[pymethod]
    fn close(_zelf: &Py<Self>) {}

    #[pymethod]
    fn fileno(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<i32> {
        zelf.sink.descriptor(vm)
    }

    #[pymethod]
    fn read(_zelf: &Py<Self>, _size: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult<PyStrRef> {
        Err(unsupported(vm, "read"))
    }

    #[pymethod]
    fn readline(_zelf: &Py<Self>, _size: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult<PyStrRef> {
        Err(unsupported(vm, "readline"))
    }

    #[pymethod]
    fn seek(
        _zelf: &Py<Self>,
        _to: PyObjectRef,
        _whence: OptionalArg<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        Err(unsupported(vm, "seek"))
    }

    #[pymethod]
    fn tell(_zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<usize> {
        Err(unsupported(vm, "tell"))
    }

    #[pymethod]
    fn __enter__(zelf: PyRef<Self>) -> PyRef<Self> {
        zelf
    }

    #[pymethod]
    fn __exit__(_zelf: &Py<Self>, _kind: PyObjectRef, _error: PyObjectRef, _traceback: PyObjectRef) {}

    #[pygetset]
    fn buffer(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyRef<Sink>> {
        if zelf.format.lock().detached {
            return Err(vm.new_value_error("underlying buffer has been detached"));
        }
        Ok(zelf.sink.clone())
    }

    #[pygetset]
    fn encoding(zelf: &Py<Self>, vm: &VirtualMachine) -> PyUtf8StrRef {
        zelf.format.lock().encoding.clone().unwrap_or_else(|| vm.ctx.new_utf8_str("utf-8"))
    }

    #[pygetset]
    fn errors(zelf: &Py<Self>, vm: &VirtualMachine) -> PyUtf8StrRef {
        zelf.format.lock().errors.clone().unwrap_or_else(|| vm.ctx.new_utf8_str(zelf.default_errors()))
    }

    #[pygetset]
    fn newlines(_zelf: &Py<Self>, vm: &VirtualMachine) -> PyObjectRef {
        vm.ctx.none()
    }

    #[pygetset]
    fn line_buffering(zelf: &Py<Self>) -> bool {
        zelf.format.lock().line_buffering
    }

    #[pygetset]
    fn write_through(zelf: &Py<Self>) -> bool {
        zelf.format.lock().write_through
    }

    #[pygetset]
    fn closed(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pygetset]
    fn name(zelf: &Py<Self>) -> &'static str {
        zelf.sink.name
    }

    #[pygetset]
    fn mode(_zelf: &Py<Self>) -> &'static str {
        "w"
    }
}

impl Representable for Text {
    fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
        Ok(format!("<CapturedText name='{}' mode='w'>", zelf.sink.name))
    }
}
