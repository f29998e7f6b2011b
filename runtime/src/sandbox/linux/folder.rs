//! The folder of a runner.
//!
//! It goes with its runner. One whose host was killed goes when somebody next starts a
//! runner: a host locks its folder, and the system lets go of the lock when the host ends.

use std::{
    fs::File,
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
    time::Duration,
};

const PREFIX: &str = "pyc-rs-sandbox-";

/// Younger ones may be somebody's who has not locked his yet.
const LEAST_AGE: Duration = Duration::from_secs(10);

/// A folder that is removed with this value, and its lock.
pub(super) struct Folder {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let lock = open(folder.path())?;
        // Where there are no locks, nobody removes what killed hosts leave.
        let _ = lock.try_lock();
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what hosts have left beside this folder that were killed.
pub(super) fn remove_left(own: &Path) {
    let (Some(parent), user) = (own.parent(), rustix::process::getuid().as_raw()) else { return };
    let Ok(entries) = parent.read_dir() else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
        let path = entry.path();
        let is_left = path != own && open(&path).is_ok_and(|folder| is_left(&folder, user));
        if is_left {
            // Somebody else may be at it.
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

fn is_left(folder: &File, user: u32) -> bool {
    let Ok(metadata) = folder.metadata() else { return false };
    let age = metadata.modified().ok().and_then(|changed| changed.elapsed().ok()).unwrap_or_default();
    metadata.uid() == user && age >= LEAST_AGE && folder.try_lock().is_ok()
}

fn open(folder: &Path) -> io::Result<File> {
    File::options().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_nobody_has_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str, age: u64| {
            let path = parent.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("file"), "").unwrap();
            open(&path).unwrap().set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
            path
        };
        let own = make("pyc-rs-sandbox-own", 100);
        let held = make("pyc-rs-sandbox-held", 100);
        let [left, young, other] = [("pyc-rs-sandbox-left", 100), ("pyc-rs-sandbox-young", 0), ("other", 100)]
            .map(|(name, age)| make(name, age));
        let lock = open(&held).unwrap();
        lock.lock().unwrap();
        remove_left(&own);
        assert_eq!([&own, &held, &left, &young, &other].map(|path| path.exists()), [true, true, false, true, true]);
        drop(lock);
        remove_left(&own);
        assert!(!held.exists());
    }
}
