//! Standard output and standard error, kept for the outcome of a run.

use rustpython_vm::{
    Py, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine, builtins::PyStrInterned, class::PyClassImpl as _,
    common::lock::PyMutex, function::ArgBytesLike, pyclass,
};

/// Captured streams, in place from [`Capture::start`] to [`Capture::finish`].
pub(crate) struct Capture {
    stdout: Stream,
    stderr: Stream,
}

struct Stream {
    attribute: &'static PyStrInterned,
    before: PyObjectRef,
    ours: PyObjectRef,
    sink: PyRef<Sink>,
}

impl Capture {
    pub(crate) fn start(vm: &VirtualMachine) -> PyResult<Self> {
        // Of use from the first time on.
        let _ = Sink::make_static_type();
        let text = vm.import("_io", 0)?.get_attr("TextIOWrapper", vm)?;
        Ok(Self {
            stdout: Stream::replace(vm, &text, "stdout", "<stdout>", "strict")?,
            stderr: Stream::replace(vm, &text, "stderr", "<stderr>", "backslashreplace")?,
        })
    }

    /// Puts the streams back and returns what was written to them.
    pub(crate) fn finish(self, vm: &VirtualMachine) -> (String, String) {
        (self.stdout.restore(vm), self.stderr.restore(vm))
    }
}

impl Stream {
    fn replace(
        vm: &VirtualMachine,
        text: &PyObjectRef,
        attribute: &'static str,
        name: &'static str,
        errors: &'static str,
    ) -> PyResult<Self> {
        let sink = Sink { name, bytes: PyMutex::default() }.into_ref(&vm.ctx);
        let word = |word: &'static str| vm.ctx.intern_str(word).to_owned();
        let ours = text.call((sink.clone(), word("utf-8"), word(errors), word("\n")), vm)?;
        let attribute = vm.ctx.intern_str(attribute);
        let before = vm.sys_module.get_attr(attribute, vm)?;
        vm.sys_module.set_attr(attribute, ours.clone(), vm)?;
        Ok(Self { attribute, before, ours, sink })
    }

    fn restore(self, vm: &VirtualMachine) -> String {
        // A stream that the program closed or broke has given all it had.
        let _ = vm.call_method(&self.ours, "flush", ());
        let _ = vm.sys_module.set_attr(self.attribute, self.before, vm);
        let bytes = std::mem::take(&mut *self.sink.bytes.lock());
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// The binary end of a captured stream. It cannot be closed: what was written
/// before is still wanted.
#[pyclass(module = false, name = "CapturedBytes")]
#[derive(Debug, PyPayload)]
struct Sink {
    name: &'static str,
    bytes: PyMutex<Vec<u8>>,
}

#[pyclass]
impl Sink {
    #[pymethod]
    fn write(zelf: &Py<Self>, data: ArgBytesLike) -> usize {
        let data = data.borrow_buf();
        zelf.bytes.lock().extend_from_slice(&data);
        data.len()
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
    fn fileno(_zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<i32> {
        let kind = vm.import("_io", 0)?.get_attr("UnsupportedOperation", vm)?;
        let error = kind.call(("fileno: this stream is captured",), vm)?;
        Err(error.downcast().unwrap_or_else(|_| vm.new_os_error("fileno: this stream is captured")))
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
