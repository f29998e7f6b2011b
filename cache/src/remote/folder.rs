//! A folder as a remote: one file for each entry, as opendal's folders have it too.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::buffers::{Buffers, EntryBytes};
use super::entry::MAX_ENTRY;
use crate::platform;

/// Age at which a temporary has no writer any more: one may take 20 seconds.
const ORPHAN_AGE: Duration = Duration::from_hours(1);

/// A folder that machines share.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Whether this process has looked for what dead writers left behind.
    is_swept: AtomicBool,
    buffers: Buffers,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, is_swept: AtomicBool::new(false), buffers: Buffers::default() }
    }

    /// The bytes of these entries, all in one buffer. What is longer than any entry is cut off where it is too
    /// long; what is no file is not there.
    pub(super) fn read(&self, names: &[String]) -> io::Result<Vec<Option<EntryBytes>>> {
        let mut buffer = self.buffers.lend();
        let mut ranges = Vec::with_capacity(names.len());
        for name in names {
            let start = buffer.bytes.len();
            let is_there = self.append(name, &mut buffer.bytes)?;
            ranges.push(is_there.then_some(start..buffer.bytes.len()));
        }
        let buffer = Arc::new(buffer);
        Ok(ranges.into_iter().map(|range| Some(EntryBytes::part(&buffer, range?))).collect())
    }

    /// Appends the bytes of an entry. `false` if there is none.
    fn append(&self, name: &str, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let file = match platform::open_for_read(&self.root.join(name)) {
            Err(error) if is_absent(&error) => return Ok(false),
            opened => opened?,
        };
        let meta = file.metadata()?;
        if meta.is_file() {
            // Nobody adds to it: it came here in one step.
            let len = meta.len().min(MAX_ENTRY as u64 + 1);
            bytes.reserve(usize::try_from(len).unwrap_or_default());
            file.take(len).read_to_end(bytes)?;
        }
        Ok(meta.is_file())
    }

    /// Whether there is an entry.
    pub(super) fn contains(&self, name: &str) -> io::Result<bool> {
        match fs::metadata(self.root.join(name)) {
            Err(error) if is_absent(&error) => Ok(false),
            status => Ok(status?.is_file()),
        }
    }

    /// Writes an entry in one step: readers must not see half of it. Whoever may read the folder
    /// may read it.
    pub(super) fn write(&self, name: &str, entry: &[u8]) -> io::Result<()> {
        let (dir, target) = (self.root.join("tmp"), self.root.join(name));
        let mut builder = tempfile::Builder::new();
        let permissions = platform::new_file_permissions(false);
        if let Some(permissions) = permissions {
            builder.permissions(permissions);
        }
        let mut temporary = match builder.tempfile_in(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&dir)?;
                builder.tempfile_in(&dir)?
            }
            created => created?,
        };
        temporary.write_all(entry)?;
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            // Order is a convenience.
            let _ = remove_orphans(&dir, temporary.as_file());
        }
        let Err(failed) = temporary.persist(&target) else { return Ok(()) };
        if failed.error.kind() != ErrorKind::NotFound {
            return Err(failed.error);
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        failed.file.persist(&target).map(drop).map_err(|failed| failed.error)
    }
}

/// Removes the temporaries of writers that died. There are no locks to tell them by on every folder that
/// machines share, and their clocks differ; that of the folder's server is what a file just written tells.
fn remove_orphans(dir: &Path, just_written: &File) -> io::Result<()> {
    let now = just_written.metadata()?.modified()?;
    for item in fs::read_dir(dir)? {
        let item = item?;
        // The temporary of another writer, which is in its place by now.
        let Ok(meta) = item.metadata() else { continue };
        let age = meta.modified().ok().and_then(|modified| now.duration_since(modified).ok());
        if meta.is_file() && age.is_some_and(|age| age > ORPHAN_AGE) {
            let _ = fs::remove_file(item.path());
        }
    }
    Ok(())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Folder, name: &str) -> Option<Vec<u8>> {
        let [entry] = folder.read(&[name.to_owned()]).unwrap().try_into().unwrap();
        entry.map(|entry| entry.to_vec())
    }

    #[test]
    fn entries_are_written_whole_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().join("not/yet"));
        assert_eq!((read(&folder, "v1/ab/cd"), folder.contains("v1/ab/cd").unwrap()), (None, false));
        for content in [&b"first"[..], b"second"] {
            folder.write("v1/ab/cd", content).unwrap();
            assert_eq!(read(&folder, "v1/ab/cd").as_deref(), Some(content));
        }
        assert!(folder.contains("v1/ab/cd").unwrap());
        folder.write("v1/ab/ef", b"another").unwrap();
        let names = ["v1/ab/ef", "v1/ab/none", "v1/ab/cd"].map(str::to_owned);
        let entries: Vec<_> =
            folder.read(&names).unwrap().into_iter().map(|entry| entry.map(|entry| entry.to_vec())).collect();
        assert_eq!(entries, [Some(b"another".to_vec()), None, Some(b"second".to_vec())]);
        assert_eq!(fs::read_dir(dir.path().join("not/yet/tmp")).unwrap().count(), 0);
    }

    #[test]
    fn what_dead_writers_left_is_removed_by_the_next_ones() {
        let dir = tempfile::tempdir().unwrap();
        let temporaries = dir.path().join("tmp");
        fs::create_dir_all(&temporaries).unwrap();
        let now = std::time::SystemTime::now();
        for (name, age) in [("orphan", ORPHAN_AGE * 2), ("young", ORPHAN_AGE / 2), ("early", Duration::ZERO)] {
            File::create(temporaries.join(name)).unwrap().set_modified(now - age).unwrap();
        }
        // A clock that is ahead makes nothing old.
        File::open(temporaries.join("early")).unwrap().set_modified(now + ORPHAN_AGE * 2).unwrap();
        Folder::new(dir.path().to_owned()).write("v1/ab/cd", b"entry").unwrap();
        let left: std::collections::BTreeSet<_> =
            fs::read_dir(&temporaries).unwrap().map(|item| item.unwrap().file_name()).collect();
        assert_eq!(left, ["early".into(), "young".into()].into());
    }

    #[test]
    fn what_is_no_file_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("v1/ab/cd")).unwrap();
        fs::write(dir.path().join("v1/file"), "").unwrap();
        let folder = Folder::new(dir.path().to_owned());
        for name in ["v1/ab/cd", "v1/file/below"] {
            assert_eq!((read(&folder, name), folder.contains(name).unwrap()), (None, false), "{name}");
        }
    }
}
