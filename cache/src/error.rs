//! Errors of the store.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::artifact::EncodeError;

/// An operation on the store failed. The message is complete: it names the path and the cause,
/// and the cause is not repeated as a source.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {action} {}: {}", path.display(), reason(cause))]
    Io {
        /// What was attempted, as a verb: "write", "read", "remove".
        action: &'static str,
        /// The file or folder it was attempted on.
        path: PathBuf,
        /// Why it failed.
        cause: io::Error,
    },
    /// The entry has no encoding.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store was opened for reading only.
    #[error("cannot {action} {}: the store is opened read-only", path.display())]
    ReadOnly {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The root of the store.
        path: PathBuf,
    },
}

impl StoreError {
    /// The error of the operating system, if it was one.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::Io { cause, .. } => Some(cause),
            Self::Encode(_) | Self::ReadOnly { .. } => None,
        }
    }

    /// The file or folder that the operation failed on.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. } | Self::ReadOnly { path, .. } => Some(path),
            Self::Encode(_) => None,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
    }
}

/// Adds what was attempted, and on which path, to the errors of the operating system.
pub(crate) trait IoContext<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|cause| StoreError::Io { action, path: path.to_owned(), cause })
    }
}

/// The cause in words alone: no number, and no path, which libraries append after it.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_path_and_the_cause_without_numbers() {
        let error =
            Err::<(), _>(io::Error::from_raw_os_error(28)).context("write", Path::new("/x/v1/tmp")).unwrap_err();
        assert_eq!(error.to_string(), "cannot write /x/v1/tmp: No space left on device");
        assert_eq!(error.path(), Some(Path::new("/x/v1/tmp")));
        assert!(error.io_error().is_some());
        assert!(std::error::Error::source(&error).is_none());
    }

    #[test]
    fn a_path_that_a_library_appended_is_left_out() {
        let missing = Path::new("/no/such/folder");
        let error = tempfile::NamedTempFile::new_in(missing).map(drop).context("write", missing).unwrap_err();
        assert_eq!(error.to_string(), "cannot write /no/such/folder: No such file or directory");
        assert!(error.is_not_found());
    }
}
