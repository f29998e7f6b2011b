//! What a snippet prints.
//!
//! Standard output and standard error are files in memory, one each, that the host reads when
//! the run is over. The first part of such a file the worker has mapped, and what Python code
//! prints goes there without a system call: the host finds it there even if the worker is
//! killed. What has no room there any more, and what is written to the descriptor, is appended
//! behind it.

#![allow(unsafe_code, reason = "memory that is shared with another process")]

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
    ptr,
    sync::{Arc, Mutex, PoisonError},
};

use super::gate::Gate;
use crate::captured::Outlet;

/// The part that is mapped: the length of the text in it, and the text.
pub(super) const HEAD: usize = 64 << 10;

/// Bytes of the length.
const LENGTH: usize = size_of::<u32>();

/// A stream of a worker.
#[derive(Debug)]
pub(super) struct Stream {
    descriptor: i32,
    head: Mutex<Head>,
}

#[derive(Debug)]
struct Head {
    place: *mut u8,
    used: usize,
    /// How much may go there. Nothing may once something was written behind it.
    room: usize,
}

// SAFETY: the place is used under a lock, and is a worker's for as long as it lives.
unsafe impl Send for Head {}

impl Stream {
    /// The stream with this descriptor, which has no file yet.
    pub(super) const fn of(descriptor: i32) -> Self {
        Self { descriptor, head: Mutex::new(Head { place: ptr::null_mut(), used: 0, room: 0 }) }
    }

    /// Maps the first part of the stream's file, of which as much is used as may be printed.
    pub(super) fn attach(&self, gate: &Gate, file: BorrowedFd<'_>, limit: u64) -> io::Result<()> {
        let place = gate.share(file, HEAD)?;
        let room = usize::try_from(limit).unwrap_or(HEAD).min(HEAD - LENGTH);
        *self.lock() = Head { place: place.cast(), used: 0, room };
        Ok(())
    }

    /// Begins at the beginning again, as the host has taken what was there.
    pub(super) fn restart(&self, limit: u64) {
        let mut head = self.lock();
        if !head.place.is_null() {
            head.used = 0;
            head.room = usize::try_from(limit).unwrap_or(HEAD).min(HEAD - LENGTH);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Arc<Stream> {
    fn push(&self, bytes: &[u8]) -> io::Result<()> {
        let mut head = self.lock();
        if !head.place.is_null() && bytes.len() <= head.room - head.used {
            let used = head.used + bytes.len();
            // SAFETY: the place is `HEAD` bytes, of which `room` is at the most what is behind
            // the length, which lies at the beginning of a page.
            unsafe {
                ptr::copy_nonoverlapping(bytes.as_ptr(), head.place.add(LENGTH + head.used), bytes.len());
                #[allow(clippy::cast_ptr_alignment, reason = "it is the beginning of a page")]
                head.place.cast::<u32>().write_volatile(u32::try_from(used).unwrap_or(0).to_le());
            }
            head.used = used;
            return Ok(());
        }
        head.room = head.used;
        drop(head);
        // SAFETY: a number that may lead anywhere by now, which the kernel finds out.
        let descriptor = unsafe { BorrowedFd::borrow_raw(self.descriptor) };
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(descriptor, rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn descriptor(&self) -> i32 {
        self.descriptor
    }
}

/// What is in a stream's file: what was printed, of which no more than `limit` bytes are read,
/// and how much that is. What says so is not trusted.
pub(super) fn read(file: &OwnedFd, limit: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut bytes = vec![0; 4096];
    let count = read_at(file, &mut bytes, 0)?;
    let behind = rustix::fs::fstat(file)?.st_size.unsigned_abs().saturating_sub(HEAD as u64);
    let in_head = match bytes.first_chunk::<LENGTH>() {
        Some(length) if count >= LENGTH => (u32::from_le_bytes(*length) as usize).min(HEAD - LENGTH),
        _ => 0,
    };
    let from_head = in_head.min(usize::try_from(limit).unwrap_or(usize::MAX));
    let from_behind = usize::try_from(behind.min(limit - from_head as u64)).unwrap_or(0);
    bytes.resize(LENGTH + from_head + from_behind, 0);
    if LENGTH + from_head > count {
        let rest = bytes.get_mut(count..LENGTH + from_head).unwrap_or_default();
        read_at(file, rest, count as u64)?;
    }
    let read = read_at(file, bytes.get_mut(LENGTH + from_head..).unwrap_or_default(), HEAD as u64)?;
    bytes.truncate(LENGTH + from_head + read);
    bytes.drain(..LENGTH);
    Ok((bytes, in_head as u64 + behind))
}

/// Lets the next run begin anew.
pub(super) fn clear(file: &OwnedFd) -> io::Result<()> {
    rustix::fs::ftruncate(file, HEAD as u64)?;
    // Not with `pwrite`, which appends to a file that is open for appending.
    rustix::fs::fallocate(
        file,
        rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE,
        0,
        4096,
    )?;
    Ok(())
}

fn read_at(file: &OwnedFd, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::io::pread(file, rest, at + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}
