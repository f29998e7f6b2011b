//! What is wrong with a source, and where.

use rustpython_compiler::{CompileError as EngineError, ParseError as EngineParseError, parser};

use crate::source::DecodeError;

/// The exception that Python would raise for a fault in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `SyntaxError`.
    Syntax,
    /// `IndentationError`.
    Indentation,
    /// `TabError`.
    Tab,
    /// `RecursionError`: the source nests deeper than the compiler goes.
    Recursion,
}

impl FaultKind {
    /// The name of the exception.
    #[must_use]
    pub const fn exception(self) -> &'static str {
        match self {
            Self::Syntax => "SyntaxError",
            Self::Indentation => "IndentationError",
            Self::Tab => "TabError",
            Self::Recursion => "RecursionError",
        }
    }
}

/// A stretch of source text. Lines and columns count from 1, columns in
/// characters; the end column is the one after the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// One fault in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which exception it would be.
    pub kind: FaultKind,
    /// The message, in CPython's words where the engine has them.
    pub message: String,
    /// Where it is.
    pub span: Span,
    /// The line that `span` begins on, without its line end.
    pub text: String,
}

/// Why a source was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The bytes are not text in the encoding that they declare.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// The text is not Python.
    #[error("{}", first_message(.0))]
    Source(SourceFaults),
    /// The compiler itself failed; the source may well be valid.
    #[error("the compiler failed on this file: {message}")]
    Internal {
        /// What it said.
        message: String,
    },
    /// The source nests deeper than any stack should have to hold.
    #[error("the source nests too deeply to compile: {depth} levels, of at most {limit}")]
    TooDeep {
        /// How deep it is, or may be.
        depth: usize,
        /// How deep it may be.
        limit: usize,
    },
    /// The source is larger than the compiler takes.
    #[error("the source is too large to compile: {len} bytes, of at most {limit}")]
    TooLarge {
        /// Size of the source, in bytes.
        len: usize,
        /// Largest size that is compiled, in bytes.
        limit: usize,
    },
}

/// The faults of one source, in order of place. Never empty.
#[derive(Debug)]
pub struct SourceFaults {
    diagnostics: Vec<Diagnostic>,
    engine: Box<EngineError>,
}

impl SourceFaults {
    /// Every fault, the one that Python would raise first.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The engine's own error, from which a running interpreter makes the
    /// exception object.
    #[must_use]
    pub fn into_engine_error(self) -> EngineError {
        *self.engine
    }

    pub(crate) fn new(engine: EngineError, text: &str, mode: parser::Mode) -> Self {
        let first = first_diagnostic(&engine, text);
        let mut diagnostics = vec![first];
        if matches!(engine, EngineError::Parse(_)) {
            diagnostics.extend(later_faults(text, mode, diagnostics[0].span.end_line));
        }
        Self { diagnostics, engine: Box::new(engine) }
    }
}

fn first_message(faults: &SourceFaults) -> String {
    faults.diagnostics.first().map_or_else(String::new, |first| {
        format!(
            "{}: {} (line {}, column {})",
            first.kind.exception(),
            first.message,
            first.span.line,
            first.span.column
        )
    })
}

/// One broken line tends to confuse the parser for the rest of the file.
const MOST_LATER_FAULTS: usize = 20;

fn first_diagnostic(error: &EngineError, text: &str) -> Diagnostic {
    let (line, column) = error.python_location();
    let (line, column) = (line.max(1), column.max(1));
    let (end_line, end_column) = error.python_end_location().unwrap_or((line, column));
    let (end_line, end_column) = (end_line.max(line), end_column.max(1));
    let message = error.to_string();
    Diagnostic {
        kind: kind_of(error, &message, text, line),
        span: Span { line, column, end_line, end_column },
        text: line_of(text, line).to_owned(),
        message,
    }
}

fn kind_of(error: &EngineError, message: &str, text: &str, line: usize) -> FaultKind {
    use rustpython_compiler::codegen::error::{CodegenError, CodegenErrorType};
    let indentation = match error {
        EngineError::Codegen(CodegenError { error: CodegenErrorType::RecursionError, .. }) => {
            return FaultKind::Recursion;
        }
        EngineError::Codegen(_) => false,
        EngineError::Parse(EngineParseError { error, .. }) => is_indentation(error),
    };
    if indentation && mixes_tabs_and_spaces(text, line) {
        FaultKind::Tab
    } else if indentation || message.to_ascii_lowercase().starts_with("expected an indented block") {
        FaultKind::Indentation
    } else {
        FaultKind::Syntax
    }
}

const fn is_indentation(error: &parser::ParseErrorType) -> bool {
    matches!(
        error,
        parser::ParseErrorType::UnexpectedIndentation
            | parser::ParseErrorType::Lexical(parser::LexicalErrorType::IndentationError)
    )
}

/// Whether the lines down to this one are indented with tabs as well as spaces.
fn mixes_tabs_and_spaces(text: &str, line: usize) -> bool {
    let indents = text.split('\n').take(line).filter_map(|line| {
        let rest = line.trim_start_matches([' ', '\t']);
        let counts = !rest.is_empty() && !rest.starts_with('#');
        counts.then(|| line.strip_suffix(rest)).flatten()
    });
    let (mut tabs, mut spaces) = (false, false);
    for indent in indents {
        tabs |= indent.contains('\t');
        spaces |= indent.contains(' ');
    }
    tabs && spaces
}

/// Faults on later lines than the first one, as far as the parser recovers.
fn later_faults(text: &str, mode: parser::Mode, after_line: usize) -> Vec<Diagnostic> {
    let parsed = parser::parse_unchecked(text, parser::ParseOptions::from(mode));
    let lines = LineStarts::of(text);
    let mut last_line = after_line;
    let mut faults = Vec::new();
    for error in parsed.errors() {
        let span = lines.span(text, error.location.start().to_usize(), error.location.end().to_usize());
        // That a file ends too early follows from what was said before.
        if span.line <= last_line
            || matches!(error.error, parser::ParseErrorType::Lexical(parser::LexicalErrorType::Eof))
        {
            continue;
        }
        last_line = span.end_line;
        let message = error.error.to_string();
        let kind = if is_indentation(&error.error) { FaultKind::Indentation } else { FaultKind::Syntax };
        faults.push(Diagnostic { kind, message, span, text: line_of(text, span.line).to_owned() });
        if faults.len() == MOST_LATER_FAULTS {
            break;
        }
    }
    faults
}

fn line_of(text: &str, line: usize) -> &str {
    text.split('\n').nth(line - 1).unwrap_or_default()
}

struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect())
    }

    fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= offset);
        let start = self.0.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let column = text.get(start..offset.min(text.len())).map_or(0, |part| part.chars().count());
        (line, column + 1)
    }

    fn span(&self, text: &str, start: usize, end: usize) -> Span {
        let (line, column) = self.position(text, start);
        let (end_line, end_column) = self.position(text, end);
        Span { line, column, end_line, end_column }
    }
}
