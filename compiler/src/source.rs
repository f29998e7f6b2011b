//! From the bytes of a file to the text that is compiled, as CPython does it:
//! byte order mark, PEP 263 cookie, UTF-8 by default, universal newlines.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// Decoded source text: no byte order mark, `\n` line ends only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText<'a> {
    /// The text itself; borrowed when the bytes were plain UTF-8 already.
    pub text: Cow<'a, str>,
}

/// Why bytes are not Python source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A NUL byte, which no Python source may contain.
    #[error("source code cannot contain null bytes")]
    NullByte {
        /// Line of the byte, from 1.
        line: usize,
    },
    /// A byte that is not UTF-8 in a source that declares no other encoding.
    #[error(
        "Non-UTF-8 code starting with '\\x{byte:02x}' on line {line}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details"
    )]
    NotUtf8 {
        /// The first byte that does not fit.
        byte: u8,
        /// Its line, from 1.
        line: usize,
    },
    /// A byte that the declared encoding does not have.
    #[error("'{encoding}' codec can't decode the bytes of line {line}")]
    BadBytes {
        /// The encoding as the source spells it.
        encoding: String,
        /// The first line with such a byte, from 1.
        line: usize,
    },
    /// The declared encoding is none that is known here.
    #[error("unknown encoding: {encoding}")]
    UnknownEncoding {
        /// The encoding as the source spells it.
        encoding: String,
        /// The line of the declaration, 1 or 2.
        line: usize,
    },
    /// A UTF-8 byte order mark followed by a declaration of something else.
    #[error("encoding problem: {encoding} with BOM")]
    BomMismatch {
        /// The encoding as the source spells it.
        encoding: String,
        /// The line of the declaration, 1 or 2.
        line: usize,
    },
}

impl DecodeError {
    /// The line that is at fault, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        match self {
            Self::NullByte { line }
            | Self::NotUtf8 { line, .. }
            | Self::BadBytes { line, .. }
            | Self::UnknownEncoding { line, .. }
            | Self::BomMismatch { line, .. } => *line,
        }
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Decodes the bytes of a Python source file.
///
/// # Errors
///
/// When the bytes hold a NUL, do not fit the declared encoding (UTF-8 unless a
/// PEP 263 cookie says otherwise), or declare an encoding that is not known.
pub fn decode(bytes: &[u8]) -> Result<SourceText<'_>, DecodeError> {
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(DecodeError::NullByte { line: line_at(bytes, at) });
    }
    let (body, has_bom) = bytes.strip_prefix(BOM).map_or((bytes, false), |rest| (rest, true));
    let text = match declared_encoding(body) {
        None => decode_utf8(body, None)?,
        Some(cookie) => {
            let codec = Codec::find(&cookie.name)
                .ok_or_else(|| DecodeError::UnknownEncoding { encoding: cookie.name.clone(), line: cookie.line })?;
            if has_bom && !is_cpythons_utf8(&cookie.name) {
                return Err(DecodeError::BomMismatch { encoding: cookie.name, line: cookie.line });
            }
            codec.decode(body, &cookie.name)?
        }
    };
    Ok(SourceText { text: universal_newlines(text) })
}

/// `\r\n` and a lone `\r` become `\n`, as in CPython's tokenizer, which is what
/// multi-line strings are specified to contain.
fn universal_newlines(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn line_at(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or(bytes);
    let lone_cr = before.windows(2).filter(|pair| pair[0] == b'\r' && pair[1] != b'\n').count();
    1 + memchr::memchr_iter(b'\n', before).count() + lone_cr
}

struct Cookie {
    name: String,
    line: usize,
}

/// The PEP 263 cookie: in a comment on the first line, or on the second when
/// the first holds nothing but a comment.
fn declared_encoding(bytes: &[u8]) -> Option<Cookie> {
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let first = lines.next()?;
    if let Some(name) = cookie_in(first) {
        return Some(Cookie { name, line: 1 });
    }
    let blank = first.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
    if blank.is_some_and(|byte| *byte != b'#') {
        return None;
    }
    let mut second = lines.next()?;
    if second.is_empty() && bytes.get(first.len()..first.len() + 2) == Some(b"\r\n") {
        second = lines.next()?;
    }
    cookie_in(second).map(|name| Cookie { name, line: 2 })
}

/// Matches `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`.
fn cookie_in(line: &[u8]) -> Option<String> {
    let comment = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))?;
    let comment = line.get(comment..).filter(|rest| rest.first() == Some(&b'#'))?;
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let rest = comment.get(at + b"coding".len()..)?;
        let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?;
        let name: String = rest
            .iter()
            .skip_while(|byte| matches!(byte, b' ' | b'\t'))
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .map(|byte| char::from(*byte))
            .collect();
        (!name.is_empty()).then_some(name)
    })
}

/// The spellings that CPython lets stand after a byte order mark.
fn is_cpythons_utf8(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name == "utf-8" || name.starts_with("utf-8-")
}

enum Codec {
    Utf8,
    Ascii,
    Latin1,
    Other(&'static Encoding),
}

impl Codec {
    /// Finds a codec by Python's name for it, or by one of its aliases.
    fn find(name: &str) -> Option<Self> {
        let label = name.to_ascii_lowercase().replace('_', "-");
        Some(match label.as_str() {
            "utf-8" | "utf8" | "u8" | "utf" | "cp65001" | "utf-8-sig" => Self::Utf8,
            "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" => Self::Ascii,
            "latin-1" | "latin1" | "l1" | "latin" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" => Self::Latin1,
            other => Self::Other(Encoding::for_label(python_alias(other).as_bytes()).filter(|found| {
                // Two-byte encodings cannot hold an ASCII cookie in the first place.
                found.is_ascii_compatible() && *found != encoding_rs::REPLACEMENT
            })?),
        })
    }

    fn decode<'a>(&self, bytes: &'a [u8], name: &str) -> Result<Cow<'a, str>, DecodeError> {
        let bad_at = |at| DecodeError::BadBytes { encoding: name.to_owned(), line: line_at(bytes, at) };
        match self {
            Self::Utf8 => decode_utf8(bytes, Some(name)),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(at) => Err(bad_at(at)),
                None => decode_utf8(bytes, Some(name)),
            },
            Self::Latin1 => Ok(encoding_rs::mem::decode_latin1(bytes)),
            Self::Other(encoding) => {
                if *encoding == encoding_rs::WINDOWS_1252
                    && let Some(at) = bytes.iter().position(|byte| CP1252_UNDEFINED.contains(byte))
                {
                    return Err(bad_at(at));
                }
                encoding
                    .decode_without_bom_handling_and_without_replacement(bytes)
                    .ok_or_else(|| bad_at(first_bad_line_start(encoding, bytes)))
            }
        }
    }
}

/// Bytes that Python's cp1252 has no character for; the web's reading of the
/// same label, which `encoding_rs` follows, gives them control characters.
const CP1252_UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// Python's own names for encodings that the web's labels spell otherwise.
fn python_alias(label: &str) -> &str {
    match label {
        "s-jis" | "shiftjis" | "csshiftjis" => "shift-jis",
        "cp932" | "932" | "mskanji" => "windows-31j",
        "eucjp" | "ujis" | "u-jis" => "euc-jp",
        "euckr" | "korean" | "ksx1001" | "cp949" | "949" | "uhc" => "euc-kr",
        "euc-cn" | "euccn" | "eucgb2312-cn" | "gb2312-80" | "936" | "cp936" | "ms936" => "gbk",
        "gb18030-2000" => "gb18030",
        "big5-tw" | "cp950" | "950" | "big5-hkscs" | "hkscs" => "big5",
        "cp1250" => "windows-1250",
        "cp1251" => "windows-1251",
        "cp1252" => "windows-1252",
        "cp1253" => "windows-1253",
        "cp1254" => "windows-1254",
        "cp1255" => "windows-1255",
        "cp1256" => "windows-1256",
        "cp1257" => "windows-1257",
        "cp1258" => "windows-1258",
        "cp866" | "866" => "ibm866",
        "cp874" | "874" => "windows-874",
        "mac-roman" | "macroman" => "macintosh",
        "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
        "koi8r" => "koi8-r",
        "koi8u" => "koi8-u",
        "latin2" | "l2" => "iso-8859-2",
        "latin9" | "l9" => "iso-8859-15",
        other => other.strip_prefix("iso8859-").map_or(other, |number| match number {
            "2" => "iso-8859-2",
            "3" => "iso-8859-3",
            "4" => "iso-8859-4",
            "5" => "iso-8859-5",
            "6" => "iso-8859-6",
            "7" => "iso-8859-7",
            "8" => "iso-8859-8",
            "10" => "iso-8859-10",
            "13" => "iso-8859-13",
            "14" => "iso-8859-14",
            "15" => "iso-8859-15",
            "16" => "iso-8859-16",
            _ => other,
        }),
    }
}

fn decode_utf8<'a>(bytes: &'a [u8], declared: Option<&str>) -> Result<Cow<'a, str>, DecodeError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let at = error.valid_up_to();
        let line = line_at(bytes, at);
        match declared {
            None => DecodeError::NotUtf8 { byte: bytes.get(at).copied().unwrap_or(0), line },
            Some(name) => DecodeError::BadBytes { encoding: name.to_owned(), line },
        }
    })
}

/// Offset of the first line that the encoding cannot decode. None of the
/// encodings here carries state over an ASCII line end.
fn first_bad_line_start(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if encoding.decode_without_bom_handling_and_without_replacement(line).is_none() {
            break;
        }
        start += line.len();
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        decode(bytes).unwrap().text.into_owned()
    }

    #[test]
    fn plain_utf8_is_borrowed() {
        assert!(matches!(decode("é = 1\n".as_bytes()).unwrap().text, Cow::Borrowed(_)));
    }

    #[test]
    fn byte_order_mark_is_dropped() {
        assert_eq!(text(b"\xef\xbb\xbfx = 1\n"), "x = 1\n");
    }

    #[test]
    fn cookies_on_both_lines() {
        assert_eq!(text(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"), "# -*- coding: latin-1 -*-\nx = 'é'\n");
        assert_eq!(
            text(b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n").lines().last(),
            Some("x = '€'")
        );
        assert_eq!(
            text(b"#!/usr/bin/python\r\n# coding=shift_jis\r\nx = '\x82\xa0'\r\n").lines().last(),
            Some("x = 'あ'")
        );
        assert_eq!(text("# coding: utf8\nx = 'é'\n".as_bytes()).lines().last(), Some("x = 'é'"));
    }

    #[test]
    fn a_cookie_after_code_or_on_line_three_is_none() {
        for source in [&b"x = 1\n# coding: latin-1\ny = '\xe9'\n"[..], b"#\n#\n# coding: latin-1\ny = '\xe9'\n"] {
            assert!(matches!(decode(source), Err(DecodeError::NotUtf8 { byte: 0xe9, line }) if line >= 3));
        }
    }

    #[test]
    fn latin_1_is_not_windows_1252() {
        assert!(text(b"# coding: iso-8859-1\n#\x80\n").contains('\u{80}'));
    }

    #[test]
    fn line_ends_are_universal() {
        assert_eq!(text(b"a\r\nb\rc\n"), "a\nb\nc\n");
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(decode(b"a\n\0b"), Err(DecodeError::NullByte { line: 2 }));
        assert!(matches!(decode(b"# coding: ascii\n\n'\xe9'"), Err(DecodeError::BadBytes { line: 3, .. })));
        assert!(matches!(decode(b"# coding: cp1252\n'\x81'"), Err(DecodeError::BadBytes { line: 2, .. })));
        assert!(matches!(decode(b"# coding: shift_jis\nok\n'\x82'"), Err(DecodeError::BadBytes { line: 3, .. })));
        assert!(matches!(decode(b"#\n# coding: klingon\n"), Err(DecodeError::UnknownEncoding { line: 2, .. })));
        assert!(matches!(decode(b"\xef\xbb\xbf# coding: latin-1\n"), Err(DecodeError::BomMismatch { line: 1, .. })));
        assert!(matches!(decode(b"\xef\xbb\xbf# coding: utf8\n"), Err(DecodeError::BomMismatch { line: 1, .. })));
        assert!(decode(b"\xef\xbb\xbf# coding: UTF_8\n").is_ok());
        assert!(matches!(decode(b"# coding: utf-16\n"), Err(DecodeError::UnknownEncoding { .. })));
    }
}
