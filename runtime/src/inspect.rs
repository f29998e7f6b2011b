//! Code objects as text, for people.

use rustpython_vm::{
    PyObjectRef,
    common::wtf8::Wtf8,
    function::{FuncArgs, KwArgs},
};

use crate::{decode, engine::Engine};

/// A payload that could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("cannot disassemble: {0}")]
pub struct DisassemblyError(String);

impl Engine {
    /// Lists the instructions of a payload and of every code object in it, as
    /// Python's own `dis` does. `path` is shown as its file.
    ///
    /// The payload must have been verified against its hash.
    ///
    /// # Errors
    ///
    /// When the payload is not a code object of this engine.
    pub fn disassemble(&self, payload: &[u8], path: &str) -> Result<String, DisassemblyError> {
        self.enter(|vm| {
            let code =
                decode::decode(vm, payload, Wtf8::new(path)).map_err(|error| DisassemblyError(error.to_string()))?;
            let text = vm.import("io", 0).and_then(|io| {
                let file = vm.call_method(&io, "StringIO", ())?;
                let options: KwArgs = [("file".to_owned(), file.clone())].into_iter().collect();
                let code: PyObjectRef = code.into();
                vm.import("dis", 0)?.get_attr("dis", vm)?.call(FuncArgs::new(vec![code], options), vm)?;
                vm.call_method(&file, "getvalue", ())
            });
            match text.map(PyObjectRef::downcast::<rustpython_vm::builtins::PyStr>) {
                Ok(Ok(text)) => Ok(text.to_string_lossy().into_owned()),
                Ok(Err(_)) => Err(DisassemblyError("the listing is not text".to_owned())),
                Err(error) => {
                    let mut message = String::new();
                    // Writing to a String cannot fail.
                    let _ = vm.write_exception(&mut message, &error);
                    Err(DisassemblyError(message))
                }
            }
        })
    }
}
