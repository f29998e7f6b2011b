//! Standard output and standard error, kept for the outcome of a run.

use rustpython_vm::{AsObject as _, PyObjectRef, PyRef, PyResult, VirtualMachine, builtins::PyStrInterned};

use crate::captured::{self, Text};

/// Captured streams, in place from [`Capture::start`] to [`Capture::finish`].
pub(crate) struct Capture {
    stdout: Stream,
    stderr: Stream,
}

struct Stream {
    attribute: &'static PyStrInterned,
    before: PyObjectRef,
    text: PyRef<Text>,
}

impl Capture {
    pub(crate) fn start(vm: &VirtualMachine) -> PyResult<Self> {
        captured::make_types();
        Ok(Self {
            stdout: Stream::replace(vm, "stdout", "<stdout>")?,
            stderr: Stream::replace(vm, "stderr", "<stderr>")?,
        })
    }

    /// Puts the streams back and returns what was written to them.
    pub(crate) fn finish(self, vm: &VirtualMachine) -> (String, String) {
        (self.stdout.restore(vm), self.stderr.restore(vm))
    }
}

impl Stream {
    fn replace(vm: &VirtualMachine, attribute: &'static str, name: &'static str) -> PyResult<Self> {
        let attribute = vm.ctx.intern_str(attribute);
        let sys = vm.sys_module.dict();
        let before = sys.get_item(attribute, vm)?;
        let text = Text::new(vm, name);
        sys.set_item(attribute, text.clone().into(), vm)?;
        Ok(Self { attribute, before, text })
    }

    fn restore(self, vm: &VirtualMachine) -> String {
        // A program that put a wrapper of its own in front may hold text back in it.
        let sys = vm.sys_module.dict();
        if let Ok(current) = sys.get_item(self.attribute, vm)
            && !current.is(&self.text)
            && !vm.is_none(&current)
        {
            let _ = vm.call_method(&current, "flush", ());
        }
        let _ = sys.set_item(self.attribute, self.before, vm);
        let bytes = self.text.take();
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}
