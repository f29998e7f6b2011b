//! Reads the bytes that the compiler writes, where they lie.
//!
//! They are in the engine's marshal format (`rustpython_compiler_core::marshal::serialize_code`), which
//! is CPython's without shared references. The engine's own reader takes any such data, through strings
//! and vectors of its own: nearly a quarter of the start of a program that imports much.

use std::sync::LazyLock;

use pyc_rs_compiler::NO_FILE_NAME;
use rustpython_compiler_core::{
    OneIndexed,
    bytecode::{
        BorrowedConstant, CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL, CodeFlags, CodeObject, CodeUnit, CodeUnits,
        ConstantBag, Constants, Instruction,
    },
    marshal,
};
use rustpython_vm::{builtins::PyStrInterned, common::wtf8::Wtf8};

use super::{Literal, PathBag, lines, names::Names};

type Name = &'static PyStrInterned;

/// Code objects within code objects. The compiler nests less; what is deeper goes to the engine's reader.
const DEEPEST: usize = 200;

/// The code object in these bytes, or `None` when there is something in them that is not read here.
pub(super) fn read(payload: &[u8], bag: PathBag<'_>) -> Option<CodeObject<Literal>> {
    let mut reader = Reader { rest: payload, bag, names: Names::new(bag, payload.len()) };
    reader.code(DEEPEST)
}

struct Reader<'a, 'vm> {
    rest: &'a [u8],
    bag: PathBag<'vm>,
    names: Names<'a, 'vm>,
}

impl<'a> Reader<'a, '_> {
    fn code(&mut self, depth: usize) -> Option<CodeObject<Literal>> {
        let depth = depth.checked_sub(1)?;
        let arg_count = self.number()?;
        let posonlyarg_count = self.number()?;
        let kwonlyarg_count = self.number()?;
        let max_stackdepth = self.number()?;
        let flags = CodeFlags::from_bits_truncate(self.number()?);
        let instructions = instructions(self.bytes()?)?;
        let constants = self.constants(depth)?;
        let names = self.name_tuple()?;
        let locals = self.name_tuple()?;
        let kinds = self.bytes()?;
        let source_path = match self.string()? {
            NO_FILE_NAME => self.bag.path,
            name => self.names.interned(name),
        };
        let obj_name = self.name()?;
        let qualname = self.name()?;
        let first_line = i32::try_from(self.number()?).ok()?;
        let linetable = self.bytes()?;
        let exceptiontable = self.bytes()?.into();
        if kinds.len() != locals.len() {
            return None;
        }
        Some(CodeObject {
            locations: lines::places(linetable, first_line, instructions.len())?,
            instructions,
            flags,
            posonlyarg_count,
            arg_count,
            kwonlyarg_count,
            source_path,
            first_line_number: usize::try_from(first_line).ok().and_then(OneIndexed::new),
            max_stackdepth,
            obj_name,
            qualname,
            constants,
            names,
            varnames: of_kind(&locals, kinds, CO_FAST_LOCAL),
            cellvars: of_kind(&locals, kinds, CO_FAST_CELL),
            freevars: of_kind(&locals, kinds, CO_FAST_FREE),
            localspluskinds: kinds.into(),
            linetable: linetable.into(),
            exceptiontable,
        })
    }

    fn constants(&mut self, depth: usize) -> Option<Constants<Literal>> {
        let length = self.tuple()?;
        (0..length).map(|_| self.constant(depth)).collect::<Option<Vec<_>>>().map(|items| items.into_iter().collect())
    }

    fn constant(&mut self, depth: usize) -> Option<Literal> {
        let (&kind, rest) = self.rest.split_first()?;
        match kind {
            b'c' => {
                self.rest = rest;
                let code = self.code(depth)?;
                Some(self.bag.make_code(code))
            }
            b'u' => {
                self.rest = rest;
                // Others may hold lone surrogates.
                let value = std::str::from_utf8(self.counted()?).ok()?;
                Some(self.bag.make_constant::<Literal>(BorrowedConstant::Str { value: Wtf8::new(value) }))
            }
            _ => marshal::deserialize_value(&mut self.rest, self.bag).ok(),
        }
    }

    fn name_tuple(&mut self) -> Option<Box<[Name]>> {
        let length = self.tuple()?;
        (0..length).map(|_| self.name()).collect()
    }

    fn name(&mut self) -> Option<Name> {
        let name = self.string()?;
        Some(self.names.interned(name))
    }

    fn string(&mut self) -> Option<&'a str> {
        let bytes = match self.byte()? {
            b'z' => {
                let length = self.byte()?;
                self.take(length.into())?
            }
            b'u' => self.counted()?,
            _ => return None,
        };
        std::str::from_utf8(bytes).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        if self.byte()? == b's' { self.counted() } else { None }
    }

    /// The head of a tuple: how many items follow. Each is a byte at least.
    fn tuple(&mut self) -> Option<usize> {
        let length = if self.byte()? == b'(' { self.number()? as usize } else { return None };
        (length <= self.rest.len()).then_some(length)
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length as usize)
    }

    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*number))
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

/// The variables whose kind has this flag, in their order.
fn of_kind(locals: &[Name], kinds: &[u8], flag: u8) -> Box<[Name]> {
    locals.iter().zip(kinds).filter(|(_, kind)| *kind & flag != 0).map(|(name, _)| *name).collect()
}

/// Every byte as an instruction, where it is one.
static INSTRUCTIONS: LazyLock<[Option<Instruction>; 256]> =
    LazyLock::new(|| std::array::from_fn(|byte| u8::try_from(byte).ok().and_then(|byte| byte.try_into().ok())));

fn instructions(bytes: &[u8]) -> Option<CodeUnits> {
    let (units, []) = bytes.as_chunks::<2>() else { return None };
    let known = &*INSTRUCTIONS;
    let mut read = Vec::with_capacity(units.len());
    for &[operation, argument] in units {
        read.push(CodeUnit::new(known[usize::from(operation)]?, argument.into()));
    }
    Some(read.into())
}
