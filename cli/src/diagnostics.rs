//! Faults of sources the way rustc shows them: what is wrong, where, and the line
//! with the place underlined.

use std::{borrow::Cow, ops::Range, path::Path};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use pyc_rs_runtime::{
    batch::{Failure, Shown},
    compiler::{
        CompileError, Diagnostic, SyntaxWarning,
        source::{self, DecodeError},
    },
};

/// Describes why a file was not compiled, in colours that `anstream` takes out
/// where they are not wanted.
pub(crate) fn failure(path: &Path, failure: &Failure) -> String {
    let path = Shown(path).to_string();
    let mut groups = match failure {
        Failure::Compile { error, bytes } => compile_error(&path, bytes, error),
        other => vec![without_place(&path, other.to_string())],
    };
    if let Some(hint) = failure.hint()
        && let Some(last) = groups.pop()
    {
        groups.push(last.element(Level::HELP.with_name("hint").message(hint)));
    }
    groups.iter().map(render).collect::<Vec<_>>().join("\n\n")
}

/// Describes a warning about a source that was compiled.
pub(crate) fn warning(path: &Path, warning: &SyntaxWarning) -> String {
    let origin = Origin::path(Shown(path).to_string()).line(warning.line as usize);
    render(&Level::WARNING.primary_title(&warning.message).id("SyntaxWarning").element(origin))
}

fn render(group: &Group<'_>) -> String {
    Renderer::styled().render(std::slice::from_ref(group))
}

fn without_place(path: &str, message: String) -> Group<'_> {
    Level::ERROR.primary_title(message).element(Origin::path(path))
}

fn compile_error<'a>(path: &'a str, bytes: &'a [u8], error: &'a CompileError) -> Vec<Group<'a>> {
    match error {
        CompileError::Source(faults) => {
            // It was decoded before: what is at fault is the text.
            let text = source::decode(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), |decoded| decoded.text);
            let group = |fault| source_fault(path, &text, fault);
            faults.diagnostics().iter().map(group).collect()
        }
        CompileError::Decode(error) => vec![undecodable(path, bytes, error)],
        other => vec![without_place(path, other.to_string())],
    }
}

fn source_fault<'a>(path: &'a str, text: &str, fault: &'a Diagnostic) -> Group<'a> {
    let lines = Lines::of(text, fault.span.line, fault.span.end_line);
    let start = lines.offset(fault.span.line, fault.span.column);
    let end = lines.offset(fault.span.end_line, fault.span.end_column);
    let title = Level::ERROR.primary_title(&fault.message).id(fault.kind.exception());
    title.element(lines.snippet(path, start..end.max(start)))
}

fn undecodable<'a>(path: &'a str, bytes: &[u8], error: &DecodeError) -> Group<'a> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let lines = Lines::of(&text, error.line(), error.line());
    let place = place_in(&lines.text, error);
    Level::ERROR.primary_title(error.to_string()).id("SyntaxError").element(lines.snippet(path, place))
}

/// The part of its line that cannot be decoded.
fn place_in(line: &str, error: &DecodeError) -> Range<usize> {
    let found = match error {
        DecodeError::NullByte { .. } => line.match_indices('\0').next(),
        DecodeError::NotUtf8 { .. } | DecodeError::BadBytes { .. } => {
            line.match_indices(|character: char| !character.is_ascii()).next()
        }
        DecodeError::UnknownEncoding { encoding, .. } | DecodeError::BomMismatch { encoding, .. } => {
            line.match_indices(encoding.as_str()).next()
        }
    };
    found.map_or(0..0, |(start, part)| start..start + part.len())
}

/// Some lines of a source.
struct Lines<'t> {
    text: Cow<'t, str>,
    /// Number of the first one, from 1.
    first: usize,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, first: usize, last: usize) -> Self {
        let start = line_start(text, first);
        let end = line_start(text, last + 1);
        let lines = text.get(start..end).unwrap_or_default();
        Self { text: lines.strip_suffix('\n').unwrap_or(lines).into(), first }
    }

    /// Where a line and a column, in characters, are in the text. Both count from
    /// 1; what is beyond the end of a line is its end.
    fn offset(&self, line: usize, column: usize) -> usize {
        let start = line_start(&self.text, line.saturating_sub(self.first) + 1);
        let rest = self.text[start..].split('\n').next().unwrap_or_default();
        start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
    }

    fn snippet<'a>(&self, path: &'a str, place: Range<usize>) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        Snippet::source(self.text.clone().into_owned())
            .line_start(self.first)
            .path(path)
            .annotation(AnnotationKind::Primary.span(place))
    }
}

/// Offset of a line, numbered from 1, or of the end of the text.
fn line_start(text: &str, line: usize) -> usize {
    match line.checked_sub(2) {
        None => 0,
        Some(newline) => text.match_indices('\n').nth(newline).map_or(text.len(), |(at, _)| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pyc_rs_runtime::compiler::{Options, Stack, compile};

    use super::*;

    /// What is shown for a source, without colours.
    fn shown(source: impl AsRef<[u8]>) -> String {
        let bytes = source.as_ref().to_vec();
        let error = Arc::new(compile(&bytes, Options::default(), Stack::MAIN_THREAD).unwrap_err());
        let text = failure(Path::new("a.py"), &Failure::Compile { error, bytes });
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn the_place_is_underlined() {
        insta::assert_snapshot!(shown("x = 1\ny = = 2\n"), @r#"
        error[SyntaxError]: invalid syntax
         --> a.py:2:5
          |
        2 | y = = 2
          |     ^
        "#);
    }

    #[test]
    fn every_fault_is_shown() {
        insta::assert_snapshot!(shown("def f(:\n    pass\n\nx = (1,\ny = ]\n"), @r#"
        error[SyntaxError]: closing parenthesis ']' does not match opening parenthesis '(' on line 4
         --> a.py:5:5
          |
        5 | y = ]
          |     ^

        error[SyntaxError]: Expected `)`, found end of file
         --> a.py:6:1
          |
        6 |
          | ^
        "#);
    }

    #[test]
    fn columns_are_characters() {
        insta::assert_snapshot!(shown("é = 'ü' 1\n"), @r#"
        error[SyntaxError]: Simple statements must be separated by newlines or semicolons
         --> a.py:1:9
          |
        1 | é = 'ü' 1
          |         ^
        "#);
    }

    #[test]
    fn the_end_of_the_file_is_a_place() {
        insta::assert_snapshot!(shown("if x:\n"), @r#"
        error[IndentationError]: expected an indented block after 'if' statement on line 1
         --> a.py:1:6
          |
        1 | if x:
          |      ^
        "#);
    }

    #[test]
    fn a_place_may_be_many_lines() {
        insta::assert_snapshot!(shown("f(\n  1,\n  2,\n) = 3\n"), @r#"
        error[SyntaxError]: cannot assign to function call here. Maybe you meant '==' instead of '='?
         --> a.py:1:1
          |
        1 | / f(
        2 | |   1,
        3 | |   2,
        4 | | ) = 3
          | |_^
        "#);
    }

    #[test]
    fn tabs_and_control_characters_do_no_harm() {
        insta::assert_snapshot!(shown("if x:\n\ty = \u{1b}[31m\n"), @r#"
        error[SyntaxError]: invalid non-printable character U+001B
         --> a.py:2:6
          |
        2 |     y = ␛[31m
          |         ^
        "#);
    }

    #[test]
    fn bytes_that_are_not_text_are_shown_as_far_as_they_are() {
        insta::assert_snapshot!(shown(b"x = 1\r\ny = 'caf\xe9'\r\n"), @r#"
        error[SyntaxError]: Non-UTF-8 code starting with '\xe9' on line 2, but no encoding declared; see https://peps.python.org/pep-0263/ for details
         --> a.py:2:9
          |
        2 | y = 'caf�'
          |         ^
          |
          = hint: declare the encoding on the first line: # -*- coding: latin-1 -*-
        "#);
        insta::assert_snapshot!(shown("# coding: klingon\n"), @r#"
        error[SyntaxError]: unknown encoding: klingon
         --> a.py:1:11
          |
        1 | # coding: klingon
          |           ^^^^^^^
          |
          = hint: save the file as UTF-8 and remove the declaration
        "#);
        insta::assert_snapshot!(shown("x = 1\ny\0\n"), @r#"
        error[SyntaxError]: source code cannot contain null bytes
         --> a.py:2:2
          |
        2 | y␀
          |  ^
          |
          = hint: save the file as UTF-8, if it is text
        "#);
    }

    #[test]
    fn a_failure_without_a_place_names_the_file() {
        let text = failure(Path::new("no\nway"), &Failure::NotPython);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text), @r#"
        error: not a Python file: its name ends in neither .py nor .pyw, and its first line names no python
        --> no\nway
         = hint: a script needs a first line such as #!/usr/bin/env python3
        "#);
    }
}
