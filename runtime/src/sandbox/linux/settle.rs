//! Memory that is cheap to fork.
//!
//! A fork writes down anew where each page of a process is, and the new process looks up
//! each page of a file that it touches, sixteen at a time: of an interpreter with its modules
//! both are more work than most snippets. Of a huge page both are one entry. So what the
//! zygote has allocated, and the parts of its program that it has used, are moved to huge
//! pages. The first write to one in a worker has the kernel write down its small pages after
//! all, and copy the one.
//!
//! A system that has no huge pages to give, or does not know how (before Linux 6.1), leaves
//! everything as it is; all of this is about speed.

#![allow(unsafe_code, reason = "replaces memory of this process by a copy of it")]

use std::{fs::File, io, ops::Range, os::unix::fs::FileExt as _, path::Path, ptr};

const PAGE: usize = 4096;

/// A huge page, and what it is aligned to.
const HUGE: usize = 2 << 20;

/// So many small pages of a huge one must be in use for it to be worth its memory.
const LEAST_USED: usize = 32;

/// A part of this process that may be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    range: Range<usize>,
    access: i32,
}

/// Moves the memory of this process to huge pages, where it is worth it. It must have one
/// thread.
pub(super) fn settle() -> io::Result<()> {
    let program = std::env::current_exe()?;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    let pages = File::open("/proc/self/pagemap")?;
    let mut pieces = Vec::new();
    for part in joined(maps.lines().filter_map(|line| part(line, &program))) {
        // What was used of the program was brought in with its surroundings.
        let least = if part.access & libc::PROT_WRITE == 0 { 1 } else { LEAST_USED };
        pieces.extend(used(&pages, &part.range, least)?.into_iter().map(|range| Part { range, ..part }));
    }
    // The list itself may lie in what is replaced: nothing is allocated meanwhile.
    pieces.iter().try_for_each(replace)
}

/// What a line of `maps` tells of, if it is an allocator's memory, an image, or of the program's own
/// file, but for its variables.
fn part(line: &str, program: &Path) -> Option<Part> {
    let mut fields = line.splitn(6, ' ');
    let (addresses, access) = (fields.next()?, fields.next()?);
    let name = fields.nth(3).unwrap_or_default().trim_start();
    let (start, end) = addresses.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    let range = number(start)?..number(end)?;
    // What else has a name is a library's, the stack, the heap that `brk` moves the end of, or
    // the kernel's.
    let access = match (access, name) {
        ("rw-p", name) if name.is_empty() || crate::image::holds(&range) => libc::PROT_READ | libc::PROT_WRITE,
        ("r-xp", name) if Path::new(name) == program => libc::PROT_READ | libc::PROT_EXEC,
        ("r--p", name) if Path::new(name) == program => libc::PROT_READ,
        _ => return None,
    };
    Some(Part { range, access })
}

/// The same parts, those that follow each other as one.
fn joined(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    for part in parts {
        match all.last_mut() {
            Some(last) if last.range.end == part.range.start && last.access == part.access => {
                last.range.end = part.range.end;
            }
            _ => all.push(part),
        }
    }
    all
}

/// The huge pages in a range of which so many small ones are in use, those that follow each
/// other as one.
fn used(pages: &File, range: &Range<usize>, least: usize) -> io::Result<Vec<Range<usize>>> {
    const PRESENT: u64 = 1 << 63;
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut bytes = [0; HUGE / PAGE * 8];
    for start in (range.start.next_multiple_of(HUGE)..range.end).step_by(HUGE) {
        if start + HUGE > range.end {
            break;
        }
        pages.read_exact_at(&mut bytes, (start / PAGE * 8) as u64)?;
        let entries = bytes.as_chunks::<8>().0.iter();
        if entries.filter(|entry| u64::from_ne_bytes(**entry) & PRESENT != 0).count() < least {
            continue;
        }
        match pieces.last_mut().filter(|last| last.end == start) {
            Some(last) => last.end += HUGE,
            None => pieces.push(start..start + HUGE),
        }
    }
    Ok(pieces)
}

/// Puts huge pages with the same content in the place of a piece of memory.
fn replace(piece: &Part) -> io::Result<()> {
    let len = piece.range.len();
    let place = ptr::with_exposed_provenance_mut::<libc::c_void>(piece.range.start);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the new mapping is known to nobody until the last call, and is as long as what
    // is copied to it; the piece is mapped and readable. The last call puts the new mapping
    // where the piece is, in one step: the place holds the same bytes and takes the same
    // accesses after it as before, since nothing was written to it meanwhile, by this thread
    // or any other.
    unsafe {
        let spare = libc::mmap(ptr::null_mut(), len + HUGE, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        if spare == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let before = spare.addr().next_multiple_of(HUGE) - spare.addr();
        let copy = spare.byte_add(before);
        ptr::copy_nonoverlapping(place.cast::<u8>().cast_const(), copy.cast(), len);
        let moved = if libc::madvise(copy, len, libc::MADV_COLLAPSE) == 0 {
            if piece.access & libc::PROT_WRITE == 0 {
                libc::mprotect(copy, len, piece.access);
            }
            libc::mremap(copy, len, len, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, place) == place
        } else {
            libc::munmap(copy, len);
            true
        };
        let error = io::Error::last_os_error();
        if before > 0 {
            libc::munmap(spare, before);
        }
        libc::munmap(copy.byte_add(len), HUGE - before);
        if moved { Ok(()) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_memory_and_the_program_are_moved() {
        let program = Path::new("/bin/a program");
        let is = |range, access| Some(Part { range, access });
        let (read, write, run) = (libc::PROT_READ, libc::PROT_WRITE, libc::PROT_EXEC);
        for (line, wanted) in [
            ("7f0000000000-7f0000003000 rw-p 00000000 00:00 0 ", is(0x7f00_0000_0000..0x7f00_0000_3000, read | write)),
            ("7f0000000000-7f0000003000 rw-p 00000000 00:00 0", is(0x7f00_0000_0000..0x7f00_0000_3000, read | write)),
            ("7f0000000000-7f0000003000 rw-s 00000000 00:00 0 ", None),
            (
                "00200000-00400000 r-xp 00001000 fe:00 77             /bin/a program",
                is(0x20_0000..0x40_0000, read | run),
            ),
            ("00200000-00400000 r--p 00001000 fe:00 77             /bin/a program", is(0x20_0000..0x40_0000, read)),
            ("00200000-00400000 rw-p 00001000 fe:00 77             /bin/a program", None),
            ("7f0000000000-7f0000003000 r-xp 00001000 fe:00 77     /lib/libc.so.6", None),
            ("3d1ee000-3d20f000 rw-p 00000000 00:00 0 [heap]", None),
            ("7ffe00cf8000-7ffe00d19000 rw-p 00000000 00:00 0 [stack]", None),
            ("nonsense", None),
        ] {
            assert_eq!(part(line, program), wanted, "{line}");
        }
        let parts = [0..1, 1..3, 4..5].map(|range| Part { range, access: read });
        assert_eq!(joined(parts.into_iter()), [0..3, 4..5].map(|range| Part { range, access: read }));
    }

    #[test]
    fn memory_that_is_moved_holds_what_it_held() {
        let len = 4 * HUGE;
        // SAFETY: a mapping of this test's own.
        let memory = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let place = libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(place, libc::MAP_FAILED);
            std::slice::from_raw_parts_mut(place.cast::<u8>(), len)
        };
        let start = memory.as_ptr().expose_provenance();
        let first = start.next_multiple_of(HUGE);
        memory[first - start..][..LEAST_USED * PAGE].fill(7);
        memory[first - start + HUGE] = 1;
        let pages = File::open("/proc/self/pagemap").unwrap();
        let [piece] = used(&pages, &(start..start + len), LEAST_USED).unwrap().try_into().unwrap();
        assert_eq!(piece, first..first + HUGE);
        replace(&Part { range: piece, access: libc::PROT_READ | libc::PROT_WRITE }).unwrap();
        assert_eq!(memory.iter().map(|byte| usize::from(*byte)).sum::<usize>(), 7 * LEAST_USED * PAGE + 1);
        memory[first - start] = 3;
        assert_eq!(memory[first - start], 3);
        // SAFETY: nobody uses it any more.
        unsafe { libc::munmap(memory.as_mut_ptr().cast(), len) };
    }
}
