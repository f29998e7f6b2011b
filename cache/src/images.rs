//! Images of started interpreters, as files that the store keeps and knows nothing of.
//!
//! An image is code that is run unread, so it is for its owner's eyes and hands alone: mode
//! 0400 in a folder of mode 0700.

use std::fs::{self, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::Builder;

use crate::error::{IoContext, StoreError};
use crate::key::Hex;
use crate::layout::Layout;
use crate::platform;
use crate::scan::{self, DirItem};
use crate::store::{Mode, Store};

/// How long an image stays without being used.
pub(crate) const IMAGE_AGE: Duration = Duration::from_hours(24 * 14);

/// Beside an image, why it could not be made.
const FAILED: &str = "failed";

/// Beside an image, held by who makes it.
const LOCK: &str = "lock";

/// An image in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFile {
    /// Its path.
    pub path: PathBuf,
    /// Its size in bytes.
    pub len: u64,
    /// When it was last used, up to an hour.
    pub used: SystemTime,
}

/// The right to make an image, for as long as it is held.
#[derive(Debug)]
pub struct ImageLock {
    _file: fs::File,
}

impl Store {
    /// Path of the image of this identity, whether it exists or not; `None` if the store may
    /// not be read.
    #[must_use]
    pub fn image_path(&self, identity: &[u8; 32]) -> Option<PathBuf> {
        Some(self.readable()?.images().join(Hex(identity).to_string()))
    }

    /// The images in the store, by path.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the folder cannot be listed.
    pub fn images(&self) -> Result<Vec<ImageFile>, StoreError> {
        self.readable().map_or(Ok(Vec::new()), list)
    }

    /// Removes the images. Returns what was removed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if a file cannot be removed.
    pub fn clear_images(&self) -> Result<Vec<ImageFile>, StoreError> {
        let Some(layout) = self.writable() else { return Ok(Vec::new()) };
        let images = list(layout)?;
        for file in scan::files(&layout.images())? {
            scan::remove(&file.path)?;
        }
        Ok(images)
    }

    /// Removes an image of this store, if it is there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file cannot be removed.
    pub fn remove_image(&self, image: &ImageFile) -> Result<(), StoreError> {
        match self.writable() {
            Some(layout) if image.path.starts_with(layout.images()) => scan::remove(&image.path).map(drop),
            _ => Ok(()),
        }
    }

    /// Takes the right to make the image at `path`; `None` if somebody else makes it now, or
    /// the store may not be written.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the folder or the lock file cannot be made.
    pub fn lock_image(&self, path: &Path) -> Result<Option<ImageLock>, StoreError> {
        let Some(file) = self.image_lock_file(path)? else { return Ok(None) };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            // Where there are no locks, the last one to make it wins.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(ImageLock { _file: file })),
        }
    }

    /// As [`lock_image`](Self::lock_image), but waits while somebody else makes it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_for_image_lock(&self, path: &Path) -> Result<Option<ImageLock>, StoreError> {
        let Some(file) = self.image_lock_file(path)? else { return Ok(None) };
        let _ = file.lock();
        Ok(Some(ImageLock { _file: file }))
    }

    fn image_lock_file(&self, path: &Path) -> Result<Option<fs::File>, StoreError> {
        let Some(layout) = self.writable() else { return Ok(None) };
        layout.create()?;
        let folder = layout.images();
        platform::create_private_dirs(&folder).context("create", &folder)?;
        let lock = path.with_extension(LOCK);
        let mut options = platform::private_file();
        options.write(true).create(true).truncate(false).open(&lock).context("lock", &lock).map(Some)
    }

    /// Remembers that the image at `path` cannot be made, or forgets it.
    pub fn set_image_failure(&self, path: &Path, reason: Option<&str>) {
        if self.mode() != Mode::ReadWrite {
            return;
        }
        let note = path.with_extension(FAILED);
        // Without the note the image is tried again, which is only a waste.
        let _ = match reason {
            Some(reason) => platform::private_file()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&note)
                .and_then(|mut file| file.write_all(reason.as_bytes())),
            None => fs::remove_file(&note),
        };
    }

    /// Why the image at `path` could not be made the last time, if it was tried.
    #[must_use]
    pub fn image_failure(&self, path: &Path) -> Option<String> {
        fs::read_to_string(path.with_extension(FAILED)).ok()
    }
}

/// The images, by path.
pub(crate) fn list(layout: &Layout) -> Result<Vec<ImageFile>, StoreError> {
    let mut images: Vec<ImageFile> = scan::files(&layout.images())?
        .into_iter()
        .filter(is_image)
        .map(|DirItem { path, meta, .. }| ImageFile {
            path,
            len: meta.len(),
            used: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        })
        .collect();
    images.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(images)
}

/// By its name: 64 digits, and nothing after them.
fn is_image(item: &DirItem) -> bool {
    item.name.len() == 64
}

/// Removes the images that nobody has used for long, and the notes without one. Returns
/// what was removed.
pub(crate) fn remove_old(layout: &Layout) -> Result<(u64, u64), StoreError> {
    let (mut removed, mut bytes) = (0, 0);
    for item in scan::files(&layout.images())? {
        if scan::age_of(&item.meta) > IMAGE_AGE && scan::remove(&item.path)? && is_image(&item) {
            removed += 1;
            bytes += item.meta.len();
        }
    }
    Ok((removed, bytes))
}

/// Publishes a file for its owner alone, from parts: readers see all of it or nothing.
///
/// # Errors
///
/// [`StoreError`] if it cannot be written; then nothing is left behind.
pub fn publish_private(target: &Path, parts: &[&[u8]]) -> Result<(), StoreError> {
    let folder = match target.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    };
    let temporary = Builder::new().prefix(".pyc-rs-").rand_bytes(12).tempfile_in(folder).context("write", folder)?;
    let mut file = temporary.as_file();
    for part in parts {
        file.write_all(part).context("write", folder)?;
    }
    platform::seal_private(file).context("write", folder)?;
    temporary.persist(target).map_err(|failed| failed.error).context("write", target)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("cache"), Mode::ReadWrite);
        let path = store.image_path(&[7; 32]).unwrap();
        (dir, store, path)
    }

    #[test]
    fn one_at_a_time_makes_an_image() {
        let (_dir, store, path) = store();
        let lock = store.lock_image(&path).unwrap();
        assert!(lock.is_some());
        assert!(store.lock_image(&path).unwrap().is_none());
        drop(lock);
        assert!(store.lock_image(&path).unwrap().is_some());
    }

    #[test]
    fn a_failure_is_remembered_until_it_is_not() {
        let (_dir, store, path) = store();
        store.lock_image(&path).unwrap();
        store.set_image_failure(&path, Some("no room"));
        assert_eq!(store.image_failure(&path).as_deref(), Some("no room"));
        assert_eq!(store.images().unwrap(), []);
        store.set_image_failure(&path, None);
        assert_eq!(store.image_failure(&path), None);
    }

    #[cfg(unix)]
    #[test]
    fn images_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, store, path) = store();
        store.lock_image(&path).unwrap();
        publish_private(&path, &[b"one", b"two"]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o400, 0o700));
        let images = store.images().unwrap();
        assert_eq!((images.len(), images[0].len), (1, 6));
    }

    #[test]
    fn a_store_without_permission_gives_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Mode::ReadOnly);
        let path = store.image_path(&[7; 32]).unwrap();
        assert!(store.lock_image(&path).unwrap().is_none());
        assert!(Store::off().image_path(&[7; 32]).is_none());
    }
}
