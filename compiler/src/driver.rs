//! Drives the engine's parser and code generator.
//!
//! The engine's own entry point scans the text several more times, before and
//! after parsing, to reword errors as CPython does; those scans cost time and reject
//! some valid programs (docs/rustpython.md). So a source is
//! parsed and compiled directly, and only one that fails goes through the entry
//! point, which then says why.

use ruff_source_file::SourceFileBuilder;
use rustpython_compiler::{
    CompileError as EngineError, CompileOpts,
    codegen::compile::{SyntaxWarningHandler, compile_top_with_syntax_warning_handler},
    compile_with_syntax_warning_handler, leading_byte_order_mark_error, long_decimal_integer_literal_error, parser,
    pre_parse_source_error, too_deeply_nested_error, unsupported_grammar_error,
};
use rustpython_compiler_core::{Mode as EngineMode, bytecode::CodeObject};

use crate::compile::{NO_FILE_NAME, SyntaxWarning};

/// Compiles a text, and collects what is to be warned about.
pub(crate) fn compile(
    text: &str,
    mode: EngineMode,
    options: &CompileOpts,
) -> Result<(CodeObject, Vec<SyntaxWarning>), EngineError> {
    // The one future feature that changes how a text is read; the entry point rewrites it.
    let rewritten = memchr::memmem::find(text.as_bytes(), b"barry_as_FLUFL").is_some();
    if !rewritten {
        let mut warnings = Vec::new();
        let result = direct(text, mode, options, &mut collect(&mut warnings));
        if let Ok(code) = result {
            return Ok((code, warnings));
        }
    }
    let mut warnings = Vec::new();
    let code =
        compile_with_syntax_warning_handler(text, mode, NO_FILE_NAME, options.clone(), &mut collect(&mut warnings))?;
    Ok((code, warnings))
}

fn collect(
    warnings: &mut Vec<SyntaxWarning>,
) -> impl FnMut(
    rustpython_compiler_core::SourceLocation,
    String,
) -> Result<(), rustpython_compiler::codegen::error::CodegenError> {
    |location, message| {
        let line = u32::try_from(location.line.get()).unwrap_or(u32::MAX);
        warnings.push(SyntaxWarning { line, message });
        Ok(())
    }
}

/// What the engine's entry point does, without its scans of the text.
fn direct<'a>(
    text: &str,
    mode: EngineMode,
    options: &CompileOpts,
    handler: &'a mut SyntaxWarningHandler<'a>,
) -> Result<CodeObject, EngineError> {
    let file = SourceFileBuilder::new(NO_FILE_NAME, text).finish();
    if let Some(error) = leading_byte_order_mark_error(&file) {
        return Err(error);
    }
    pre_parse_source_error(&file)?;
    let parser_mode = match mode {
        EngineMode::Eval => parser::Mode::Expression,
        EngineMode::Exec | EngineMode::Single | EngineMode::BlockExpr => parser::Mode::Module,
    };
    let parsed = parser::parse(text, parser::ParseOptions::from(parser_mode))
        .map_err(|error| EngineError::from_ruff_parse_error(error, &file, mode))?;
    if let Some(error) = long_decimal_integer_literal_error(&file, parsed.tokens(), options.int_max_str_digits) {
        return Err(error);
    }
    let tree = parsed.into_syntax();
    too_deeply_nested_error(&tree, &file, options.recursion_limit)?;
    if let Some(error) = unsupported_grammar_error(&tree, &file) {
        return Err(error);
    }
    compile_top_with_syntax_warning_handler(tree, file, mode, options.clone(), Some(handler)).map_err(EngineError::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directly(text: &str) -> Result<CodeObject, EngineError> {
        direct(text, EngineMode::Exec, &CompileOpts::default(), &mut |_, _| Ok(()))
    }

    fn by_the_entry_point(text: &str) -> Result<CodeObject, EngineError> {
        compile_with_syntax_warning_handler(text, EngineMode::Exec, "x", CompileOpts::default(), &mut |_, _| Ok(()))
    }

    /// What the scans are for must be rejected without them, too. One thing is not:
    /// `f((a)=1)`, a parenthesised name of an argument, which is taken for `f(a=1)`.
    #[test]
    fn invalid_programs_are_invalid_either_way() {
        let programs = [
            "f(a.b=1)",
            "f(a[0]=1)",
            "f(True=1)",
            "f(x for x in y, 1)",
            "f(1, x for x in y)",
            "f(a=1, 2)",
            "f(**k, *a)",
            "f(**k, 1)",
            "f(a=1, a=2)",
            "f(a, b for b in c, d)",
            "f(1=2)",
            "f(lambda: 1=2)",
            "match x:\n case {**_}: pass",
            "match x:\n case {**a, 'b': 1}: pass",
            "match x:\n case a as b.c: pass",
            "match x:\n case a as _: pass",
            "match x:\n case a as 1: pass",
            "match x:\n case {'a': 1, 'a': 2}: pass",
            "match x:\n case a | b: pass",
            "match x:\n case (a, a): pass",
            "x = 1, yield 2",
            "def f(): x = 1, yield 2",
            "def f(): return 1, yield 2",
            "def f(): g(1, yield 2)",
            "from a import (*)",
            "from a import (b, *)",
            "from a import b,",
            "from a import ()",
            "from a import *, b",
            "def f():\n from a import *",
            "class C(x for x in y): pass",
            "f'{a:{b:{c:{d}}}}'",
            "\u{feff}\u{feff}x",
            "x = 0777",
            "x = 1_",
            "'\\N{no such name}'",
            "b'é'",
            "print 1",
            "del f()",
            "1 = x",
            "x + 1 = 2",
            "(x for x in y) = 1",
            "return",
            "yield",
            "await x",
            "break",
            "continue",
            "def f():\n nonlocal x",
            "nonlocal x",
            "def f(a):\n global a",
            "def f(a, a): pass",
            "def f(a=1, b): pass",
            "def f(*): pass",
            "def f(*, **k): pass",
            "def f(**k, a): pass",
            "def f(a, /, b, /): pass",
            "lambda a=1, b: 1",
            "x: int: str",
            "(x, y): int = 1",
            "async def f(): [await x for x in y] = 1",
            "def f(): async with x: pass",
            "[x async for x in y]",
            "try: pass\nexcept: pass\nexcept A: pass",
            "try: pass\nexcept* A: pass\nexcept B: pass",
            "try: pass\nexcept*: pass",
            "with x as 1: pass",
            "import a.b as c.d",
            "from __future__ import nope",
            "x = 1\nfrom __future__ import annotations",
            "{**a for a in b}",
            "[*a for a in b]",
            "(*a)",
            "*a",
            "*a = 1",
            "a, *b, *c = d",
            "x := 1",
            "(x.y := 1)",
            "[x := 1 for x in y]",
            "assert (x, y := 1) = 2",
            "if x = 1: pass",
            "while x = 1: pass",
            "x = {a: 1, b}",
            "x = {**a, b}",
            "x = {a, **b}",
            "a b",
            "def f[T, T](): pass",
            "class C[T](metaclass=(yield)): pass",
            "type X = (yield)",
            "__debug__ = 1",
            "def f(__debug__): pass",
            "f(__debug__=1)",
            "not = 1",
            "None = 1",
            "x.None",
            "for 1 in x: pass",
            "for x() in y: pass",
            "@\ndef f(): pass",
            "else: pass",
            "raise x from",
            "global x = 1",
            "t'a' 'b'",
            "f'{}'",
            "f'{!r}'",
            "f'{a!x}'",
            "f'{a b}'",
            "f'{lambda x: 1}'",
        ];
        let more_lenient: Vec<&str> =
            programs.into_iter().filter(|text| directly(text).is_ok() && by_the_entry_point(text).is_err()).collect();
        assert_eq!(more_lenient, Vec::<&str>::new());
    }

    #[test]
    fn the_same_code_comes_of_both() {
        for text in
            ["x = 1\n", "def f(a, *b, c=1, **d):\n    return [a for a in b if c]\n", "class A:\n    '''doc'''\n"]
        {
            assert_eq!(
                format!("{:?}", directly(text).unwrap().instructions.original_bytes()),
                format!("{:?}", by_the_entry_point(text).unwrap().instructions.original_bytes())
            );
        }
    }

    #[test]
    fn nested_f_strings_with_the_same_quotes_compile() {
        directly("f\"{\", \".join(f\"{k}={v}\" for k, v in x)}\"").unwrap();
    }
}
