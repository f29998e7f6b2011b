//! The program's code, once more in its image.
//!
//! What a start takes is a few hundred functions all over a program of thirty megabytes: a page
//! fault for every second one of them, each of which maps the sixteen pages around it, one by one. A
//! file that is written in one go lies in memory in pieces of two megabytes, on file systems that
//! can, and the processor maps such a piece as a whole, if its address and its place in the file
//! agree. A program's own file is seldom of that kind; an image is. So it holds the program's code,
//! too, and a restored process has that mapped over its own, which is the same, byte for byte.

#![allow(unsafe_code, reason = "maps the program's code over itself")]

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    ops::Range,
    os::{fd::AsRawFd as _, unix::fs::OpenOptionsExt as _},
    path::Path,
    ptr,
};

use super::process::{self, Program};

/// Size of a large piece of memory.
pub(super) const LARGE: usize = 2 << 20;

/// The part of the program's code that is in large pieces.
pub(super) fn large(program: &Program) -> Option<Range<usize>> {
    let (start, end) = (program.code.start.next_multiple_of(LARGE), program.code.end / LARGE * LARGE);
    (start < end).then_some(start..end)
}

/// The same, to be written to a file in this folder; `None` where large pieces of that would not be mapped as
/// a whole.
pub(super) fn worth_keeping(program: &Program, folder: &Path) -> Option<(usize, &'static [u8])> {
    let range = large(program)?;
    if !is_mapped_whole(folder).unwrap_or(false) {
        return None;
    }
    // SAFETY: it is the program's code, which can be read, and is never written.
    Some((range.start, unsafe { process::memory(range) }))
}

/// Maps code from a file over the program's own. Where the system refuses that, everything stays as it is.
///
/// # Safety
///
/// The range must be that of [`large`], and the file must hold the same bytes there.
pub(super) unsafe fn map(file: &File, at: i64, range: &Range<usize>) {
    let place = ptr::with_exposed_provenance_mut::<libc::c_void>(range.start);
    let (access, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_FIXED);
    // SAFETY: the caller's promise: whoever runs there, now or later, finds what was there. The second call
    // is advice: what has to be read from the disk is to come in large pieces.
    unsafe {
        if libc::mmap(place, range.len(), access, flags, file.as_raw_fd(), at) == place {
            libc::madvise(place, range.len(), libc::MADV_HUGEPAGE);
        }
    }
}

/// Whether a large piece of a file in this folder is mapped as a whole, tried with one that has no name.
fn is_mapped_whole(folder: &Path) -> io::Result<bool> {
    let mut file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).mode(0o600).open(folder)?;
    file.write_all(&vec![1; LARGE])?;
    // SAFETY: new mappings, of which the second takes the place of a part of the first; both go, and the
    // byte that is read is the file's.
    unsafe {
        let none = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let room = libc::mmap(ptr::null_mut(), 2 * LARGE, libc::PROT_NONE, none, -1, 0);
        if room == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let place = room.map_addr(|address| address.next_multiple_of(LARGE));
        let (access, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_FIXED);
        let mapped = libc::mmap(place, LARGE, access, flags, file.as_raw_fd(), 0);
        let found = if mapped == place {
            place.cast::<u8>().read_volatile();
            mapped_whole_at(place.addr())
        } else {
            Err(io::Error::last_os_error())
        };
        libc::munmap(room, 2 * LARGE);
        found
    }
}

/// What the system says of the mapping that begins here.
fn mapped_whole_at(address: usize) -> io::Result<bool> {
    let maps = fs::read_to_string("/proc/self/smaps")?;
    let start = format!("{address:x}-");
    let mut of_mapping = maps.lines().skip_while(|line| !line.starts_with(&start));
    let size = of_mapping.find_map(|line| line.strip_prefix("FilePmdMapped:"));
    Ok(size.is_some_and(|size| size.trim() != "0 kB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_that_has_no_large_pieces_is_no_error() {
        // Where there are some depends on the machine; that there are none in memory without a file does not.
        assert!(!mapped_whole_at(1).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let _ = is_mapped_whole(folder.path()).unwrap();
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
        assert!(is_mapped_whole(&folder.path().join("none")).is_err());
    }
}
