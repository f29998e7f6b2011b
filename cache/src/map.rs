//! Read-only memory maps. The only module with `unsafe` code.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::{Mmap, MmapOptions};

/// The content of a file, mapped into memory and read on demand.
///
/// The file must not change while it is mapped. Files of a store and bundles never do: they
/// are written under another name, renamed into place, and from then on only renamed or
/// unlinked, which leaves existing maps intact.
#[derive(Debug)]
pub struct Mapping(Option<Memory>);

#[derive(Debug)]
enum Memory {
    File(Mmap),
    #[cfg(feature = "remote")]
    Own(Mmap),
}

impl Mapping {
    /// Maps all of `file`.
    ///
    /// # Errors
    ///
    /// Those of `fstat` and `mmap`; a file too large for the address space.
    pub fn new(file: &File) -> io::Result<Self> {
        let len = usize::try_from(file.metadata()?.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Self::with_len(file, len)
    }

    /// Opens and maps the file at `path`.
    ///
    /// # Errors
    ///
    /// Those of opening the file and of [`Mapping::new`]. They name the path.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new(fs_err::File::open(path.as_ref())?.file())
    }

    /// Maps the first `len` bytes of `file`, which the caller knows to be there.
    #[allow(unsafe_code)]
    pub(crate) fn with_len(file: &File, len: usize) -> io::Result<Self> {
        // An empty map is an error on some systems.
        if len == 0 {
            return Ok(Self(None));
        }
        // SAFETY: the map is read-only and its bytes are handed out as shared borrows only, so
        // this process never writes them. That no other process truncates or rewrites the file
        // while it is mapped is the rule stated on the type: every writer of this crate
        // publishes complete files by rename and never opens a published one for writing. A
        // foreign program that breaks the rule can already write to the folder that this
        // user's code is loaded from.
        let map = unsafe { MmapOptions::new().len(len).map(file)? };
        Ok(Self(Some(Memory::File(map))))
    }

    /// Gives the memory back that the map of a file has in this process: what is used again is
    /// looked up in the page cache again. A convenience that may do nothing.
    #[allow(unsafe_code)]
    pub(crate) fn give_back(&self) {
        #[cfg(unix)]
        if let Some(Memory::File(map)) = &self.0 {
            // SAFETY: the pages of a shared, read-only map of a file come back with the content of
            // the file, which does not change: the rule stated on the type.
            let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
        }
    }

    /// A copy of these bytes in memory of their own, aligned as a file would be.
    #[cfg(feature = "remote")]
    pub(crate) fn copy_of(bytes: &[u8]) -> io::Result<Self> {
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        let mut map = memmap2::MmapMut::map_anon(bytes.len())?;
        map.copy_from_slice(bytes);
        Ok(Self(Some(Memory::Own(map.make_read_only()?))))
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            None => &[],
            Some(Memory::File(map)) => map,
            #[cfg(feature = "remote")]
            Some(Memory::Own(map)) => map,
        }
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_holds_the_bytes_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs_err::write(&path, b"content").unwrap();
        assert_eq!(&*Mapping::open(&path).unwrap(), b"content");
    }

    #[test]
    fn an_empty_file_is_an_empty_slice() {
        let file = tempfile::tempfile().unwrap();
        assert!(Mapping::new(&file).unwrap().is_empty());
    }

    #[test]
    fn memory_that_was_given_back_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs_err::write(&path, vec![7; 100_000]).unwrap();
        let mapping = Mapping::open(&path).unwrap();
        for _ in 0..2 {
            assert!(mapping.iter().all(|&byte| byte == 7));
            mapping.give_back();
        }
    }

    #[test]
    fn a_missing_file_is_named_in_the_error() {
        let error = Mapping::open("/no/such/file").unwrap_err();
        assert!(error.to_string().contains("/no/such/file"), "{error}");
    }

    #[test]
    fn a_mapping_outlives_the_name_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs_err::write(&path, b"content").unwrap();
        let mapping = Mapping::open(&path).unwrap();
        fs_err::remove_file(&path).unwrap();
        assert_eq!(&*mapping, b"content");
    }
}
