//! Writing a bundle to where its user wants it.
//!
//! Bundles are mapped by those who run them. A file is therefore never written in place: it is
//! written beside its name and renamed, which leaves whoever runs the old one its bytes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

use crate::error::{IoContext, StoreError};
use crate::platform;

/// Writes `bytes` as the file `target`, in place of whatever file is there: all of it or, on
/// any failure, nothing. Its permissions are those of any new file, and those to run it if it
/// is `executable`. A symbolic link stays, and what it points to is replaced.
///
/// # Errors
///
/// [`StoreError::Io`] with the path, among others when `target` is something else than a file.
pub fn publish_file(target: &Path, bytes: &[u8], executable: bool) -> Result<(), StoreError> {
    let target = &resolved(target).context("write", target)?;
    let folder = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    builder.prefix(".pyc-rs-").rand_bytes(12);
    if let Some(permissions) = platform::new_file_permissions(executable) {
        builder.permissions(permissions);
    }
    let mut temporary = builder.tempfile_in(folder).context("write", target)?;
    temporary.write_all(bytes).context("write", target)?;
    temporary.persist(target).map_err(|failed| failed.error).context("write", target)?;
    Ok(())
}

/// What a link points to, and nothing that a rename must not replace.
fn resolved(target: &Path) -> io::Result<PathBuf> {
    match fs::metadata(target) {
        Ok(meta) if meta.is_file() => fs::canonicalize(target),
        Ok(meta) if meta.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::other("it is neither a file nor a folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(target.to_owned()),
        Err(error) => Err(error),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_and_not_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("app");
        publish_file(&target, b"one", false).unwrap();
        let first = fs::metadata(&target).unwrap();
        assert_eq!(first.mode() & 0o111, 0);
        let held = fs::File::open(&target).unwrap();
        publish_file(&target, b"two", true).unwrap();
        let second = fs::metadata(&target).unwrap();
        assert_ne!(first.ino(), second.ino());
        assert_eq!((held.metadata().unwrap().len(), fs::read(&target).unwrap()), (3, b"two".to_vec()));
        assert_ne!(second.mode() & 0o100, 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("app"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        symlink("app", &link).unwrap();
        publish_file(&link, b"new", false).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let error = publish_file(folder.path(), b"x", false).unwrap_err().to_string();
        assert!(error.contains(folder.path().to_str().unwrap()), "{error}");
        assert!(publish_file(Path::new("/dev/null"), b"x", false).is_err());
        let missing = folder.path().join("no/such/app");
        let error = publish_file(&missing, b"x", false).unwrap_err().to_string();
        assert!(error.starts_with("cannot write ") && error.contains("no/such/app"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
