//! What an image must not hold, looked for before it is written.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    ops::Range,
    ptr, slice,
};

use super::{
    arena,
    process::{self, Disposition, Program},
};

/// The state of the process before it records.
pub(super) struct Before {
    descriptors: Vec<i32>,
    pub(super) dispositions: Vec<Disposition>,
}

impl Before {
    pub(super) fn now() -> Self {
        Self { descriptors: descriptors(), dispositions: process::dispositions() }
    }

    /// What the recording has left open in the process, for people.
    pub(super) fn left_open(&self) -> Vec<String> {
        let mut found = Vec::new();
        for descriptor in descriptors() {
            if !self.descriptors.contains(&descriptor) {
                let target = fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap_or_default();
                found.push(format!("a file is open: {}", target.display()));
            }
        }
        let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        if threads > 1 {
            found.push(format!("{} threads are running", threads - 1));
        }
        for ((signal, before), now) in process::SIGNALS.zip(&self.dispositions).zip(process::dispositions()) {
            // Ctrl-C is handled anew in each process.
            if *before != now && signal != libc::SIGINT {
                found.push(format!("signal {signal} has a handler"));
            }
        }
        found
    }
}

/// The open descriptors, without the one that lists them.
fn descriptors() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else { return Vec::new() };
    let mut found: Vec<i32> = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    found.retain(|descriptor| fs::read_link(format!("/proc/self/fd/{descriptor}")).is_ok());
    found
}

/// A region of memory that another process does not have at the same place.
struct Foreign {
    range: Range<usize>,
    name: String,
}

/// The regions of this process that an image does not bring along.
fn foreign(program: &Program) -> Vec<Foreign> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mut regions = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let Some((start, end)) = fields.next().and_then(|range| range.split_once('-')) else { continue };
        let parse = |text| usize::from_str_radix(text, 16).unwrap_or_default();
        let range = parse(start)..parse(end);
        // Padding in the arena is full of what functions left on the stack, so words that look
        // like pointers to the stack or to nameless memory say nothing, nor do addresses of the
        // C library's functions, which compilers keep in registers, and of the headers and
        // symbols at the start of a library, which the dynamic linker looks at whenever a
        // function is first called; and addresses of its small heap look like text.
        let permissions = fields.next().unwrap_or_default();
        let is_code = permissions.contains('x');
        let is_start = fields.next().is_some_and(|offset| parse(offset) == 0) && !permissions.contains('w');
        let name = fields.nth(2).unwrap_or_default();
        let telling = name.starts_with('/') && !is_code && !is_start;
        let own = program.span.contains(&range.start) || arena::contains(std::ptr::without_provenance(range.start));
        if telling && !own {
            regions.push(Foreign { range, name: name.to_owned() });
        }
    }
    regions
}

/// Addresses that functions of the C library leave in registers, from where they come into what Rust
/// leaves undefined of a value. No Rust code keeps one of them: where the tables of the C locale are, it
/// is not told.
#[allow(unsafe_code, reason = "reads a structure of the C library")]
fn locale_tables() -> HashSet<usize> {
    // `struct __locale_struct` of glibc's `bits/types/__locale_t.h`: 13 tables, three parts of the
    // first, 13 names.
    const POINTERS: usize = 13 + 3 + 13;
    // SAFETY: the name ends with a zero, and there is no locale to be changed. The "C" locale is a
    // constant of the library, made of so many pointers, that need not be freed.
    unsafe {
        let locale = libc::newlocale(libc::LC_ALL_MASK, c"C".as_ptr(), ptr::null_mut());
        if locale.is_null() {
            return HashSet::new();
        }
        slice::from_raw_parts(locale.cast::<usize>(), POINTERS).iter().copied().filter(|at| *at != 0).collect()
    }
}

/// Words of what goes into an image that look like pointers out of it: for each region
/// that they point to, where they are and what they say.
pub(super) fn foreign_pointers<'a>(
    program: &Program,
    parts: impl Iterator<Item = &'a [u8]>,
) -> BTreeMap<String, Vec<(usize, usize)>> {
    let (regions, left_behind) = (foreign(program), locale_tables());
    let mut found = BTreeMap::<String, Vec<(usize, usize)>>::new();
    for part in parts {
        let (words, _) = part.as_chunks::<8>();
        for word in words {
            let value = usize::from_ne_bytes(*word);
            // A short number in front of padding that held a pointer.
            if value.trailing_zeros() >= u16::BITS || left_behind.contains(&value) {
                continue;
            }
            let after = regions.partition_point(|region| region.range.end <= value);
            if let Some(region) = regions.get(after).filter(|region| region.range.contains(&value)) {
                found.entry(region.name.clone()).or_default().push((word.as_ptr().addr(), value));
            }
        }
    }
    found
}
