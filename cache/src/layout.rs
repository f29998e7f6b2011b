//! The folders and files of a store.
//!
//! ```text
//! root/CACHEDIR.TAG               tells backup programs to skip the folder
//! root/v1/objects/ab/<62 hex>     one artifact each, immutable
//! root/v1/packs/<64 hex>          many artifacts each, immutable
//! root/v1/tmp/                    files being written
//! root/v1/quarantine/             objects that failed verification
//! root/v1/index/<64 hex>          stat indexes
//! root/v1/images/<64 hex>         images of started interpreters, and what belongs to them
//! root/v1/stats/log, log.old      what recent processes counted
//! root/v1/stats/sessions, .old    the same, of those that worked on a folder
//! root/v1/gc.lock, gc.stamp       one gc at a time; the time of the last one
//! ```

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, StoreError};
use crate::key::{Hex, Key};
use crate::platform;
use crate::publish;

/// Folder of the current format version. Other versions never look into it.
const VERSION_DIR: &str = "v1";

const TAG_NAME: &str = "CACHEDIR.TAG";

/// The signature is fixed by <https://bford.info/cachedir/>.
const TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n\
    # This folder is a cache of pyc-rs. It is safe to delete.\n";

/// Computes paths; touches the disk only in [`Layout::create`] and [`Layout::exists`].
#[derive(Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    version: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: PathBuf) -> Self {
        let version = root.join(VERSION_DIR);
        Self { root, version }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn version(&self) -> &Path {
        &self.version
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.version.join("objects")
    }

    pub(crate) fn object(&self, key: &Key) -> PathBuf {
        let [shard, rest @ ..] = key.as_bytes();
        self.objects().join(format!("{shard:02x}")).join(Hex(rest).to_string())
    }

    pub(crate) fn packs(&self) -> PathBuf {
        self.version.join("packs")
    }

    /// The pack whose index has this hash.
    pub(crate) fn pack(&self, hash: &[u8; 32]) -> PathBuf {
        self.packs().join(Hex(hash).to_string())
    }

    pub(crate) fn temporaries(&self) -> PathBuf {
        self.version.join("tmp")
    }

    pub(crate) fn quarantine(&self) -> PathBuf {
        self.version.join("quarantine")
    }

    pub(crate) fn indexes(&self) -> PathBuf {
        self.version.join("index")
    }

    pub(crate) fn images(&self) -> PathBuf {
        self.version.join("images")
    }

    pub(crate) fn stats(&self) -> PathBuf {
        self.version.join("stats")
    }

    pub(crate) fn gc_lock(&self) -> PathBuf {
        self.version.join("gc.lock")
    }

    pub(crate) fn gc_stamp(&self) -> PathBuf {
        self.version.join("gc.stamp")
    }

    pub(crate) fn exists(&self) -> bool {
        self.version.is_dir()
    }

    /// Creates what a writer needs, as far as it is missing.
    pub(crate) fn create(&self) -> Result<(), StoreError> {
        for dir in [self.temporaries(), self.objects()] {
            platform::create_private_dirs(&dir).context("create", &dir)?;
        }
        // Without the tag the store works just as well.
        let _ = self.create_tag();
        Ok(())
    }

    fn create_tag(&self) -> Result<(), StoreError> {
        let tag = self.root.join(TAG_NAME);
        if tag.exists() || !self.owns_root() {
            return Ok(());
        }
        publish::write_and_rename(self, &tag, TAG)
    }

    /// Whether the root holds nothing but stores. Somebody's home folder given as the root must
    /// not get a tag that makes backup programs skip it.
    fn owns_root(&self) -> bool {
        fs::read_dir(&self.root)
            .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_version_dir(&entry.file_name()))))
    }
}

fn is_version_dir(name: &OsStr) -> bool {
    name.to_str().and_then(|name| name.strip_prefix('v')).is_some_and(|digits| digits.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_lies_in_the_folder_of_its_first_byte() {
        let layout = Layout::new(PathBuf::from("/c"));
        let path = layout.object(&Key::from_bytes([0xab; 32]));
        assert_eq!(path, Path::new("/c/v1/objects/ab").join("ab".repeat(31)));
    }

    #[test]
    fn a_new_root_gets_a_cache_tag() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().join("cache"));
        layout.create().unwrap();
        assert_eq!(fs::read(layout.root().join(TAG_NAME)).unwrap(), TAG);
        layout.create().unwrap();
    }

    #[test]
    fn a_root_with_other_files_gets_no_cache_tag() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter.txt"), "dear").unwrap();
        let layout = Layout::new(dir.path().to_owned());
        layout.create().unwrap();
        assert!(layout.exists());
        assert!(!dir.path().join(TAG_NAME).exists());
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().join("parent/cache"));
        layout.create().unwrap();
        for path in [layout.root(), layout.version(), &layout.objects(), &layout.temporaries()] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", path.display());
        }
    }
}
