//! What a session reports.

use std::{
    fmt::{self, Write as _},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use pyc_rs_cache::Key;
use pyc_rs_compiler::{CompileError, FaultKind, SyntaxWarning, source::DecodeError};

use super::walk::Unreadable;

/// What came of a session.
#[derive(Debug)]
pub struct Report {
    /// Every file once, in the order of the bytes of their paths.
    pub files: Vec<FileReport>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of one file.
#[derive(Debug)]
pub struct FileReport {
    /// The path as the user would write it: relative if its root was.
    pub path: PathBuf,
    /// What was done.
    pub status: Status,
    /// Why. `None` for a failure that came before there was a reason.
    pub reason: Option<Reason>,
    /// The key of its content. `None` if it was not read.
    pub key: Option<Key>,
    /// What Python warns about when it compiles this file. Complete if the file
    /// was compiled, or if the request asks for the warnings of fresh files.
    pub warnings: Vec<SyntaxWarning>,
}

/// What was done with a file.
#[derive(Debug)]
pub enum Status {
    /// It was compiled.
    Compiled {
        /// Size of its code object, in bytes.
        bytes: u64,
    },
    /// The cache has its code object.
    Fresh,
    /// The cache does not have it, and the request is not to compile.
    Stale,
    /// It could not be read or compiled.
    Failed(Failure),
}

/// Why a file is fresh, or why it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Fresh: the status of the file is what it was.
    Unchanged,
    /// Fresh: the file was read, and its content is in the cache.
    Cached,
    /// No session compiled this file, and the cache does not have its content.
    New,
    /// The content is not what was compiled last.
    ContentChanged,
    /// The content was compiled with other options.
    OptionsChanged,
    /// The content was compiled by another version of the compiler.
    EngineChanged,
    /// It was compiled, and the cache dropped the result.
    Evicted,
    /// The object in the cache was damaged, and was set aside.
    Corrupt,
}

impl Reason {
    /// The reason in words, as it follows a file name in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Cached => "content is in the cache",
            Self::New => "new",
            Self::ContentChanged => "content changed",
            Self::OptionsChanged => "options changed",
            Self::EngineChanged => "engine changed",
            Self::Evicted => "evicted from the cache",
            Self::Corrupt => "corrupt in the cache",
        }
    }
}

/// Why a file could not be compiled. The message is complete, except that it does
/// not name the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The file or folder cannot be read.
    #[error("cannot read: {0}")]
    Unreadable(io::Error),
    /// It is a device, a pipe or the like.
    #[error("neither a file nor a folder")]
    NotAFile,
    /// It was named, but nothing says that it is Python.
    #[error("not a Python file: its name ends in neither .py nor .pyw, and its first line names no python")]
    NotPython,
    /// The compiler refused it.
    #[error("{error}")]
    Compile {
        /// What is wrong with it.
        error: Arc<CompileError>,
        /// The bytes of the file, to show the places from.
        bytes: Vec<u8>,
    },
}

impl Failure {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotPython => Some("a script needs a first line such as #!/usr/bin/env python3"),
            Self::Compile { error, .. } => compile_hint(error),
            Self::Unreadable(_) | Self::NotAFile => None,
        }
    }
}

fn compile_hint(error: &CompileError) -> Option<&'static str> {
    match error {
        CompileError::Decode(error) => Some(decode_hint(error)),
        CompileError::Source(faults) => match faults.diagnostics().first()?.kind {
            FaultKind::Tab => Some("indent with spaces only"),
            FaultKind::Recursion => Some(TOO_DEEP_HINT),
            FaultKind::Syntax | FaultKind::Indentation => None,
        },
        CompileError::TooDeep { .. } => Some(TOO_DEEP_HINT),
        CompileError::Internal { .. } => Some("this is a bug of pyc-rs: please report it with the file"),
        CompileError::TooLarge { .. } => Some("keep data of this size in a file of its own"),
    }
}

const TOO_DEEP_HINT: &str = "split the expression, or the nested functions, into parts";

const fn decode_hint(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::NotUtf8 { .. } => "declare the encoding on the first line: # -*- coding: latin-1 -*-",
        DecodeError::NullByte { .. } => "save the file as UTF-8, if it is text",
        DecodeError::BadBytes { .. } => "save the file in the encoding that it declares",
        DecodeError::UnknownEncoding { .. } => "save the file as UTF-8 and remove the declaration",
        DecodeError::BomMismatch { .. } => "remove the declaration: the byte order mark says UTF-8",
    }
}

/// How many files came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Files in the report.
    pub files: u64,
    /// Files that were compiled.
    pub compiled: u64,
    /// Files that were in the cache.
    pub fresh: u64,
    /// Files that were not, and were not to be compiled.
    pub stale: u64,
    /// Files that could not be read or compiled.
    pub failed: u64,
    /// Size of the code objects that were compiled, in bytes.
    pub bytes: u64,
}

impl Report {
    pub(super) fn new(mut files: Vec<FileReport>, unreadable: Vec<Unreadable>, elapsed: Duration) -> Self {
        let failed = |folder: Unreadable| FileReport::failed(folder.shown, Failure::Unreadable(folder.error));
        files.extend(unreadable.into_iter().map(failed));
        files.sort_by(|a, b| path_bytes(&a.path).cmp(path_bytes(&b.path)));
        Self { files, elapsed }
    }

    /// Counts the files by what came of them.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { files: self.files.len() as u64, ..Totals::default() };
        for file in &self.files {
            match file.status {
                Status::Compiled { bytes } => {
                    totals.compiled += 1;
                    totals.bytes += bytes;
                }
                Status::Fresh => totals.fresh += 1,
                Status::Stale => totals.stale += 1,
                Status::Failed(_) => totals.failed += 1,
            }
        }
        totals
    }
}

impl FileReport {
    pub(super) fn failed(path: PathBuf, failure: Failure) -> Self {
        Self { path, status: Status::Failed(failure), reason: None, key: None, warnings: Vec::new() }
    }
}

/// The bytes that paths are ordered by.
pub(super) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// Shows a path on one line: control characters are escaped, and what is not
/// Unicode is replaced.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string_lossy().chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, status: Status) -> FileReport {
        FileReport { path: path.into(), status, reason: None, key: None, warnings: Vec::new() }
    }

    #[test]
    fn files_and_unreadable_folders_are_in_one_order() {
        let files = vec![file("b.py", Status::Fresh), file("a/z.py", Status::Compiled { bytes: 7 })];
        let error = io::ErrorKind::PermissionDenied.into();
        let folder = Unreadable { path: "/x/a.b".into(), shown: "a.b".into(), error };
        let report = Report::new(files, vec![folder], Duration::ZERO);
        let paths: Vec<_> = report.files.iter().map(|file| file.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a.b", "a/z.py", "b.py"]);
        assert_eq!(report.totals(), Totals { files: 3, compiled: 1, fresh: 1, stale: 0, failed: 1, bytes: 7 });
    }

    #[test]
    fn a_path_is_shown_on_one_line() {
        assert_eq!(Shown(Path::new("a b\n\u{1b}[31mé.py")).to_string(), "a b\\n\\u{1b}[31mé.py");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_unicode_is_shown() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a\xff.py"));
        assert_eq!(Shown(path).to_string(), "a\u{fffd}.py");
    }
}
