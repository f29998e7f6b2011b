//! Bytes of a code object to the object itself, with its file name put in.

mod lines;
mod names;
mod reader;
#[cfg(test)]
mod tests;

use pyc_rs_compiler::NO_FILE_NAME;
use rustpython_compiler_core::{
    bytecode::{AsBag, BorrowedConstant, CodeObject, Constant, ConstantBag},
    marshal,
};
use rustpython_vm::{
    Context, PyObjectRef, PyPayload, PyRef, VirtualMachine,
    builtins::{PyCode, PyFrozenSet, PyStrInterned},
    common::wtf8::Wtf8,
};

type ContextBag<'a> = <&'a Context as AsBag>::Bag;
type Literal = <ContextBag<'static> as ConstantBag>::Constant;

/// Bytes that do not decode, although their hash was right: they were not
/// written by this engine.
#[derive(Debug, thiserror::Error)]
#[error("not a code object of this engine: {0}")]
pub(crate) struct DecodeError(String);

/// Decodes a payload and names `path` as the file of every code object in it.
///
/// The payload must come from our own compiler and must have been verified: the
/// decoder checks structure only, and the interpreter trusts its bytecode.
pub(crate) fn decode(vm: &VirtualMachine, payload: &[u8], path: &Wtf8) -> Result<PyRef<PyCode>, DecodeError> {
    let bag = PathBag { vm, path: vm.ctx.intern_str(path) };
    // What our reader does not know, the engine's does, or it says what is wrong.
    let code = match reader::read(payload, bag) {
        Some(code) => code,
        None => engine_reads(payload, bag)?,
    };
    Ok(PyCode::new_ref_with_bag(vm, code))
}

fn engine_reads(mut payload: &[u8], bag: PathBag<'_>) -> Result<CodeObject<Literal>, DecodeError> {
    marshal::deserialize_code(&mut payload, bag).map_err(|error| DecodeError(error.to_string()))
}

/// Makes the interpreter's own constants, and puts `path` where the compiler left
/// the place of the file name.
#[derive(Clone, Copy)]
struct PathBag<'a> {
    vm: &'a VirtualMachine,
    path: &'static PyStrInterned,
}

impl<'a> PathBag<'a> {
    fn context(&self) -> ContextBag<'a> {
        let context: &'a Context = &self.vm.ctx;
        context.as_bag()
    }

    fn object<C: Constant>(&self, constant: &C) -> PyObjectRef {
        self.make_constant(constant.borrow_constant()).into()
    }
}

impl ConstantBag for PathBag<'_> {
    type Constant = Literal;

    fn make_constant<C: Constant>(&self, constant: BorrowedConstant<'_, C>) -> Literal {
        match constant {
            // The engine's own bag has no interpreter to hash the elements with.
            BorrowedConstant::Frozenset { elements } => {
                let elements = elements.iter().map(|element| self.object(element));
                match PyFrozenSet::from_iter(self.vm, elements) {
                    Ok(set) => PyObjectRef::from(set.into_ref(&self.vm.ctx)).into(),
                    // Constants are hashable: the compiler puts nothing else into a set.
                    Err(_) => self.vm.ctx.none().into(),
                }
            }
            BorrowedConstant::Tuple { elements } => {
                let elements = elements.iter().map(|element| self.object(element)).collect();
                PyObjectRef::from(self.vm.ctx.new_tuple(elements)).into()
            }
            other => self.context().make_constant(other),
        }
    }

    fn make_int(&self, value: malachite_bigint::BigInt) -> Literal {
        self.context().make_int(value)
    }

    fn make_tuple(&self, elements: impl Iterator<Item = Literal>) -> Literal {
        self.context().make_tuple(elements)
    }

    fn make_code(&self, code: CodeObject<Literal>) -> Literal {
        self.context().make_code(code)
    }

    fn make_name(&self, name: &str) -> &'static PyStrInterned {
        if name == NO_FILE_NAME { self.path } else { self.context().make_name(name) }
    }
}
