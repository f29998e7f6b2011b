//! Standard output and standard error, kept for the outcome of a run.

use std::sync::{Arc, Mutex, PoisonError};

use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, function::ArgBytesLike};

type Buffer = Arc<Mutex<Vec<u8>>>;

/// Captured streams, in place from [`Capture::start`] to [`Capture::finish`].
pub(crate) struct Capture {
    stdout: Stream,
    stderr: Stream,
}

struct Stream {
    attribute: &'static str,
    before: PyObjectRef,
    ours: PyObjectRef,
    bytes: Buffer,
}

impl Capture {
    pub(crate) fn start(vm: &VirtualMachine) -> PyResult<Self> {
        let make = vm.import("_pyc_rs_capture", 0)?.get_attr("stream", vm)?;
        Ok(Self {
            stdout: Stream::replace(vm, &make, "stdout", "strict")?,
            stderr: Stream::replace(vm, &make, "stderr", "backslashreplace")?,
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
        make: &PyObjectRef,
        attribute: &'static str,
        errors: &'static str,
    ) -> PyResult<Self> {
        let bytes = Buffer::default();
        let sink = Arc::clone(&bytes);
        let write = vm.new_function("write", move |data: ArgBytesLike| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&data.borrow_buf());
        });
        let name = vm.ctx.new_str(format!("<{attribute}>"));
        let ours = make.call((name, write, vm.ctx.new_str(errors)), vm)?;
        let before = vm.sys_module.get_attr(attribute, vm)?;
        vm.sys_module.set_attr(attribute, ours.clone(), vm)?;
        Ok(Self { attribute, before, ours, bytes })
    }

    fn restore(self, vm: &VirtualMachine) -> String {
        // A stream that the program closed or broke has given all it had.
        let _ = vm.call_method(&self.ours, "flush", ());
        let _ = vm.sys_module.set_attr(self.attribute, self.before, vm);
        let bytes = std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}
