//! Memory for entries that come by the hundred, lent again when it is given back: to take it from the
//! system anew costs more than reading a file into it.

use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, PoisonError};

/// What a buffer is large enough for at first: the entries of a usual question.
const USUAL_LEN: usize = 256 << 10;

/// A larger one is not kept, in bytes.
const LARGE_LEN: usize = 1 << 20;

/// Buffers that wait to be lent.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// An empty buffer.
    pub(super) fn lend(&self) -> Buffer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Buffer { bytes: kept.unwrap_or_else(|| Vec::with_capacity(USUAL_LEN)), home: Some(self.clone()) }
    }
}

/// A buffer, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    home: Option<Buffers>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let Some(home) = self.home.take().filter(|_| self.bytes.capacity() <= LARGE_LEN) else { return };
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        home.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

/// The bytes of an entry, as they came, alone or in a buffer with others.
#[derive(Clone, Debug)]
pub(super) struct EntryBytes {
    buffer: Arc<Buffer>,
    range: Range<usize>,
}

impl EntryBytes {
    /// A part of a buffer.
    pub(super) fn part(buffer: &Arc<Buffer>, range: Range<usize>) -> Self {
        Self { buffer: Arc::clone(buffer), range }
    }
}

impl From<Vec<u8>> for EntryBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { buffer: Arc::new(Buffer { bytes, home: None }), range }
    }
}

impl Deref for EntryBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.bytes.get(self.range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_lent_again_when_the_last_entry_in_it_is_gone() {
        let buffers = Buffers::default();
        let mut buffer = buffers.lend();
        buffer.bytes.extend_from_slice(b"onetwo");
        let buffer = Arc::new(buffer);
        let [one, two] = [0..3, 3..6].map(|range| EntryBytes::part(&buffer, range));
        drop(buffer);
        assert_eq!((&*one, &*two), (&b"one"[..], &b"two"[..]));
        drop(one);
        assert!(buffers.0.lock().unwrap().is_empty());
        drop(two);
        assert_eq!(buffers.0.lock().unwrap().len(), 1);
        assert!(buffers.lend().bytes.is_empty());
    }
}
