//! Reading a source that may be changing.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use pyc_rs_cache::FileStamp;
use pyc_rs_compiler::MAX_SOURCE_LEN;

/// How often a file that keeps changing is read.
const ATTEMPTS: usize = 4;

/// The content of a file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bytes: Vec<u8>,
    /// The status that goes with the content. `None` if the file kept changing:
    /// what was read may be a mixture.
    pub(super) stamp: Option<FileStamp>,
}

/// Reads a file, again and again if it changes meanwhile.
pub(super) fn read(path: &Path) -> io::Result<Source> {
    settle(|| Attempt::at(path))
}

/// A file that was read once.
struct Attempt {
    before: FileStamp,
    bytes: Vec<u8>,
    /// `None` if it was gone.
    after: Option<FileStamp>,
}

impl Attempt {
    fn at(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let before = FileStamp::of(&file.metadata()?);
        let mut bytes = Vec::with_capacity(usize::try_from(before.size).map_or(0, |size| size.min(MAX_SOURCE_LEN)));
        // One byte more than is compiled shows that there is too much.
        file.take(MAX_SOURCE_LEN as u64 + 1).read_to_end(&mut bytes)?;
        // By its name again: it may have been replaced.
        let after = fs::metadata(path).ok().map(|status| FileStamp::of(&status));
        Ok(Self { before, bytes, after })
    }

    fn is_settled(&self) -> bool {
        self.after == Some(self.before) && self.before.size == self.bytes.len() as u64
    }
}

fn settle(mut attempt: impl FnMut() -> io::Result<Attempt>) -> io::Result<Source> {
    let mut last = attempt()?;
    for _ in 1..ATTEMPTS {
        if last.is_settled() {
            break;
        }
        last = attempt()?;
    }
    let stamp = last.is_settled().then_some(last.before);
    Ok(Source { bytes: last.bytes, stamp })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(size: u64, mtime_ns: i64) -> FileStamp {
        FileStamp { size, mtime_ns, ctime_ns: 0, inode: 1 }
    }

    fn attempt(before: FileStamp, after: Option<FileStamp>) -> Attempt {
        Attempt { before, bytes: b"x = 1".to_vec(), after }
    }

    #[test]
    fn a_quiet_file_is_read_once() {
        let mut reads = 0;
        let source = settle(|| {
            reads += 1;
            Ok(attempt(stamp(5, 1), Some(stamp(5, 1))))
        });
        assert_eq!(source.unwrap().stamp, Some(stamp(5, 1)));
        assert_eq!(reads, 1);
    }

    #[test]
    fn a_file_that_comes_to_rest_is_read_again() {
        let mut time = 0;
        let source = settle(|| {
            time += 1;
            Ok(attempt(stamp(5, time), Some(stamp(5, 3))))
        });
        assert_eq!(source.unwrap().stamp, Some(stamp(5, 3)));
        assert_eq!(time, 3);
    }

    #[test]
    fn a_file_that_keeps_changing_is_taken_as_it_is() {
        for after in [None, Some(stamp(5, 2))] {
            let mut reads = 0;
            let source = settle(|| {
                reads += 1;
                Ok(attempt(stamp(5, 1), after))
            })
            .unwrap();
            assert_eq!((source.stamp, source.bytes.as_slice(), reads), (None, &b"x = 1"[..], ATTEMPTS));
        }
    }

    #[test]
    fn a_file_that_is_cut_short_while_it_is_read_is_not_settled() {
        let source = settle(|| Ok(attempt(stamp(9, 1), Some(stamp(9, 1))))).unwrap();
        assert_eq!(source.stamp, None);
    }

    #[test]
    fn a_file_on_disk_is_read_with_its_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        fs::write(&path, "x = 1\n").unwrap();
        let source = read(&path).unwrap();
        assert_eq!(source.bytes, b"x = 1\n");
        assert_eq!(source.stamp, Some(FileStamp::of(&fs::metadata(&path).unwrap())));
        assert!(read(&folder.path().join("b.py")).is_err());
    }
}
