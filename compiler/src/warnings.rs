//! Warnings that belong to the text rather than to the syntax tree.

use rustpython_compiler::{
    TokenKind,
    parser::{self, ParseOptions},
};

use crate::compile::SyntaxWarning;

/// Finds the escape sequences that Python does not know, in every string that
/// is not raw.
///
/// A file without a suspicious backslash, nearly every file, is only searched.
pub(crate) fn invalid_escapes(text: &str) -> Vec<SyntaxWarning> {
    if next_unknown_escape(text.as_bytes(), 0, false).is_none() {
        return Vec::new();
    }
    let parsed = parser::parse_unchecked(text, ParseOptions::from(parser::Mode::Module));
    if !parsed.errors().is_empty() {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    for token in parsed.tokens() {
        let (kind, range) = token.as_tuple();
        if !matches!(kind, TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle) {
            continue;
        }
        let Some(flags) = token.string_flags() else { continue };
        if !flags.is_raw_string() {
            let bytes_literal = flags.is_byte_string();
            warnings.extend(warnings_in(text, range.start().to_usize()..range.end().to_usize(), bytes_literal));
        }
    }
    warnings
}

fn warnings_in(text: &str, range: std::ops::Range<usize>, bytes_literal: bool) -> Option<SyntaxWarning> {
    // Like CPython, one warning for each string.
    let at = next_unknown_escape(text.as_bytes().get(..range.end)?, range.start, bytes_literal)?;
    let escaped = text.get(at + 1..)?.chars().next()?;
    let line = 1 + memchr::memchr_iter(b'\n', text.as_bytes().get(..at)?).count();
    Some(SyntaxWarning {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        message: format!(
            "\"\\{escaped}\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\{escaped}\"? A raw string is also an option."
        ),
    })
}

/// Offset of the next backslash that begins no known escape sequence.
fn next_unknown_escape(bytes: &[u8], mut from: usize, bytes_literal: bool) -> Option<usize> {
    loop {
        let at = from + memchr::memchr(b'\\', bytes.get(from..)?)?;
        let next = *bytes.get(at + 1)?;
        let known = matches!(
            next,
            b'\n' | b'\r' | b'\\' | b'\'' | b'"' | b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'x' | b'0'..=b'7'
        ) || (!bytes_literal && matches!(next, b'N' | b'u' | b'U'));
        if !known {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<u32> {
        invalid_escapes(text).iter().map(|warning| warning.line).collect()
    }

    #[test]
    fn unknown_escapes_warn_once_a_string() {
        assert_eq!(lines("x = 1\ny = '\\d \\w'\nz = b'\\N'\nw = f'{x}\\q'\n"), [2, 3, 4]);
        assert!(invalid_escapes("y = '\\d'")[0].message.starts_with("\"\\d\" is an invalid escape sequence."));
    }

    #[test]
    fn raw_strings_comments_and_known_escapes_do_not() {
        assert_eq!(lines("x = r'\\d'\n# \\d\ny = '\\n\\N{DASH}'\nz = 1 + \\\n 2\nw = rf'\\d{x}'\n"), [0_u32; 0]);
    }
}
