//! Source text to the bytes of a code object.

use rustpython_compiler::parser;
use rustpython_compiler_core::{
    bytecode::{CodeObject, ConstantData},
    marshal,
};

use crate::{
    diagnostic::{CompileError, SourceFaults},
    driver, nesting,
    options::{Mode, Options},
    source::{self, SourceText},
    stack::{self, PARSE_LIMIT, Panicked, Stack},
    warnings,
};

/// The largest source that is compiled, in bytes: offsets in the engine are 32
/// bits wide.
pub const MAX_SOURCE_LEN: usize = 1 << 30;

/// Functions within functions, at the most. The decoder recurses once for each,
/// on the stack of whoever loads the code.
const MAX_CODE_DEPTH: usize = 200;

/// A compiled source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The code object in the engine's own encoding, with [`NO_FILE_NAME`] for
    /// its file: whoever decodes it gives it its path.
    pub payload: Vec<u8>,
    /// Whether the module begins with a docstring that was kept.
    pub has_docstring: bool,
    /// Code objects in the payload, nested ones included.
    pub code_objects: u32,
    /// What Python would warn about while compiling, in order of line.
    pub warnings: Vec<SyntaxWarning>,
}

/// A `SyntaxWarning`: the source compiles, but says something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxWarning {
    /// Line, from 1.
    pub line: u32,
    /// The message, in CPython's words.
    pub message: String,
}

/// Compiles the bytes of a source on this thread if `stack`, which the caller
/// vouches for, can hold it, and otherwise on a thread that has enough stack.
///
/// # Errors
///
/// When the bytes cannot be decoded, the text is not Python, or the compiler
/// fails; none of these takes the calling thread down.
pub fn compile(bytes: &[u8], options: Options, stack: Stack) -> Result<Compiled, CompileError> {
    if bytes.len() > MAX_SOURCE_LEN {
        return Err(CompileError::TooLarge { len: bytes.len(), limit: MAX_SOURCE_LEN });
    }
    let SourceText { text } = source::decode(bytes)?;
    // A level takes at least one byte, so a very small source needs no look.
    let depth = if stack.holds(text.len()) { text.len() } else { nesting::depth_bound(&text) };
    if depth > PARSE_LIMIT {
        return Err(CompileError::TooDeep { depth, limit: PARSE_LIMIT });
    }
    let work = || compile_text(&text, options);
    let done = if stack.holds(depth) { stack::run_here(work) } else { stack::run_on(Stack::for_depth(depth), work) };
    done.unwrap_or_else(internal)
}

fn internal<T>(Panicked(message): Panicked) -> Result<T, CompileError> {
    Err(CompileError::Internal { message })
}

fn compile_text(text: &str, options: Options) -> Result<Compiled, CompileError> {
    let (code, warnings) = code_object(text, options)?;
    let depth = code_depth(&code);
    if depth > MAX_CODE_DEPTH {
        return Err(CompileError::TooDeep { depth, limit: MAX_CODE_DEPTH });
    }
    let mut payload = Vec::new();
    marshal::serialize_code(&mut payload, &code);
    Ok(Compiled {
        payload,
        // The first thing that a module with a docstring does is to name it.
        has_docstring: code.names.first().is_some_and(|name| name == "__doc__"),
        code_objects: count_code_objects(&code),
        warnings,
    })
}

fn code_object(text: &str, options: Options) -> Result<(CodeObject, Vec<SyntaxWarning>), CompileError> {
    let (code, mut warnings) = driver::compile(text, options.engine_mode(), &options.engine_options())
        .map_err(|error| CompileError::Source(SourceFaults::new(error, text, parser_mode(options.mode))))?;
    warnings.extend(warnings::invalid_escapes(text));
    warnings.sort_by_key(|warning| warning.line);
    Ok((code, warnings))
}

/// The file name that every payload carries in place of a real one. No name in a
/// Python program can hold a NUL, which is how a decoder can tell. (An empty
/// name would not do: `from . import x` imports the module called "".)
pub const NO_FILE_NAME: &str = "\0";

const fn parser_mode(mode: Mode) -> parser::Mode {
    match mode {
        Mode::Exec | Mode::Block => parser::Mode::Module,
        Mode::Eval => parser::Mode::Expression,
    }
}

fn nested_code(code: &CodeObject) -> impl Iterator<Item = &CodeObject> {
    code.constants.iter().filter_map(|constant| match constant {
        ConstantData::Code { code } => Some(&**code),
        _ => None,
    })
}

fn count_code_objects(code: &CodeObject) -> u32 {
    1 + nested_code(code).map(count_code_objects).sum::<u32>()
}

fn code_depth(code: &CodeObject) -> usize {
    1 + nested_code(code).map(code_depth).max().unwrap_or(0)
}
