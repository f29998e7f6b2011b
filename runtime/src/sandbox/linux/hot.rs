//! The pages that every run touches.
//!
//! A forked process shares its pages with the one that it was forked from until it writes to
//! them; each first write is a fault in which the kernel copies a page. It is the same pages
//! in every worker, but for a few. So the zygote forks one on trial, which runs the rehearsal
//! and looks which pages were copied. Workers touch those while they wait for their snippet,
//! and leave it when one comes: it makes a run shorter, but does not make work less.
//!
//! Where the kernel does not tell, workers take their faults when they come.

#![allow(unsafe_code, reason = "forks a process on trial, waits for it, and touches memory by its address")]

use std::{
    fs::File,
    io,
    ops::Range,
    os::{fd::AsFd as _, unix::fs::FileExt as _},
    ptr,
};

use pyc_rs_cache::wire::{self, WireError};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType};

use super::packet;

const PAGE: usize = 4096;

/// More than this is not what runs have in common.
const MOST_PAGES: usize = 1024;

/// Pages of a file that the kernel maps at a time.
const AT_A_TIME: usize = 16;

/// So many pages are touched before a worker looks whether its snippet has come.
const IN_ONE_GO: usize = 8;

/// Addresses of pages that workers touch.
#[derive(Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Hot {
    written: Vec<usize>,
    /// Of files, one of those that are mapped at a time.
    read: Vec<usize>,
}

impl Hot {
    /// What `work` touches that is done in a process of its own. This process must have one
    /// thread.
    pub(super) fn of_trial(work: impl FnOnce()) -> io::Result<Self> {
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        // SAFETY: the child goes on with one thread, as this process does, so that no lock is
        // held by a thread that does not exist; it ends here.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            work();
            if let Ok(bytes) = Self::of_this_process().and_then(|hot| wire::to_bytes(&hot).map_err(io::Error::other)) {
                let _ = rustix::net::send(&theirs, &bytes, SendFlags::NOSIGNAL);
            }
            crate::platform::exit_now(0);
        }
        drop(theirs);
        if pid < 0 {
            return Err(io::Error::last_os_error());
        }
        let bytes = packet::receive_bytes(ours.as_fd());
        // SAFETY: waits for this process's own child, whose status nobody wants.
        unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
        wire::from_bytes(&bytes?).map_err(|error: WireError| io::Error::other(error))
    }

    /// What this process, which was forked, has touched.
    fn of_this_process() -> io::Result<Self> {
        let pages = File::open("/proc/self/pagemap")?;
        let mut hot = Self::default();
        for (part, is_writable) in std::fs::read_to_string("/proc/self/maps")?.lines().filter_map(part) {
            hot.add(&pages, part, is_writable)?;
        }
        if hot.written.len() > MOST_PAGES { Ok(Self::default()) } else { Ok(hot) }
    }

    fn add(&mut self, pages: &File, part: Range<usize>, is_writable: bool) -> io::Result<()> {
        const PRESENT: u64 = 1 << 63;
        /// A page of a file, as opposed to one that was copied from there.
        const OF_FILE: u64 = 1 << 61;
        /// Nobody else has the page: this process made it.
        const EXCLUSIVE: u64 = 1 << 56;
        let mut bytes = [0; 4096];
        for start in part.clone().step_by(bytes.len() / 8 * PAGE) {
            let count = ((part.end - start) / PAGE).min(bytes.len() / 8);
            let bytes = bytes.get_mut(..count * 8).unwrap_or_default();
            pages.read_exact_at(bytes, (start / PAGE * 8) as u64)?;
            for (at, entry) in bytes.as_chunks::<8>().0.iter().enumerate() {
                let entry = u64::from_ne_bytes(*entry);
                let page = start + at * PAGE;
                let is_mapped_already =
                    || self.read.last().is_some_and(|last| last / (AT_A_TIME * PAGE) == page / (AT_A_TIME * PAGE));
                match (entry & PRESENT != 0, entry & OF_FILE != 0, entry & EXCLUSIVE != 0) {
                    (true, true, _) if !is_mapped_already() => self.read.push(page),
                    (true, false, true) if is_writable => self.written.push(page),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Touches these pages in this process, which was forked as the one on trial was and has done
    /// nothing since, until there is something better to do.
    pub(super) fn touch(&self, is_idle: impl Fn() -> bool) {
        for pages in self.written.chunks(IN_ONE_GO) {
            if !is_idle() {
                return;
            }
            for &page in pages {
                let place = ptr::with_exposed_provenance_mut::<u8>(page);
                // SAFETY: it is mapped and writable, as it is in the process on trial; what is in
                // it stays as it is, and there is no other thread that could write to it.
                unsafe { place.write_volatile(place.read_volatile()) };
            }
        }
        for pages in self.read.chunks(IN_ONE_GO) {
            if !is_idle() {
                return;
            }
            for &page in pages {
                // SAFETY: it is mapped and readable, as it is in the process on trial.
                unsafe { ptr::with_exposed_provenance::<u8>(page).read_volatile() };
            }
        }
    }
}

/// The addresses of a line of `maps`, if it is private memory that can be read, and whether it
/// can be written.
fn part(line: &str) -> Option<(Range<usize>, bool)> {
    let mut fields = line.split_ascii_whitespace();
    let (addresses, access) = (fields.next()?, fields.next()?);
    let name = fields.nth(3).unwrap_or_default();
    if !access.starts_with('r') || !access.ends_with('p') || name.starts_with("[v") {
        return None;
    }
    let (start, end) = addresses.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some((number(start)?..number(end)?, access.starts_with("rw")))
}
