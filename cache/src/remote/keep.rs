//! What came from a remote is unpacked, verified and kept on disk in one go: each artifact goes from
//! its entry through one buffer into the file of its pack. Artifacts that lie in memory one by one cost
//! more than everything else about them.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::mem;

use super::buffers::EntryBytes;
use super::entry::{self, Refusal, Secret};
use super::tier::Remote;
use crate::key::Key;
use crate::layout::Layout;
use crate::pack_format::Head;
use crate::parallel;
use crate::platform;
use crate::publish::publish_file;
use crate::store::{FEW_OBJECTS, Store};

/// A buffer that had to hold more is not kept, in bytes.
const LARGE_BUFFER: usize = 4 << 20;

/// Artifacts that begin in the same so many bytes of a pack are written at once.
const PART_LEN: u64 = 256 << 10;

/// An entry as it came, with the length that it says its artifact has.
pub(super) struct Received {
    pub(super) key: Key,
    pub(super) entry: EntryBytes,
    pub(super) len: usize,
}

/// A pack could not be made of all of it.
enum Failed {
    /// These are refused; they are numbers in the group.
    Refused(Vec<(usize, Refusal)>),
    Unwritten,
}

impl Store {
    /// Keeps what came; the keys of it that were good. Of what could not be kept on disk, there is nothing
    /// to tell: it is compiled.
    pub(super) fn keep(&self, remote: &Remote, layout: &Layout, mut group: Vec<Received>) -> Vec<Key> {
        group.sort_unstable_by_key(|received| received.key);
        while group.len() >= FEW_OBJECTS {
            match publish_group(remote, layout, &group) {
                Ok(bytes) => {
                    self.count_stored(group.len(), bytes, true);
                    for received in &group {
                        remote.shared.counted(Ok(()), received.entry.len());
                    }
                    return group.into_iter().map(|received| received.key).collect();
                }
                // Without those.
                Err(Failed::Refused(refused)) => {
                    for (number, reason) in refused.into_iter().rev() {
                        let received = group.swap_remove(number);
                        let _: Option<()> = remote.shared.counted(Err(reason), received.entry.len());
                    }
                    group.sort_unstable_by_key(|received| received.key);
                }
                Err(Failed::Unwritten) => break,
            }
        }
        let secret = remote.shared.options.secret.as_ref();
        let open = |Received { key, entry, .. }: Received| {
            Some((key, remote.shared.counted(entry::open(&key, &entry, secret), entry.len())?))
        };
        let artifacts: Vec<(Key, Vec<u8>)> = group.into_iter().filter_map(open).collect();
        let keys = artifacts.iter().map(|(key, _)| *key).collect();
        if self.store_all(artifacts).is_ok() { keys } else { Vec::new() }
    }
}

/// Publishes a pack of these, which are in order. Returns how many bytes they are.
fn publish_group(remote: &Remote, layout: &Layout, group: &[Received]) -> Result<u64, Failed> {
    let sizes = group.iter().map(|received| (received.key, received.len));
    let head = Head::of_sizes(sizes).ok_or(Failed::Unwritten)?;
    let refused = RefCell::default();
    let published =
        publish_file(layout, &layout.pack(&head.hash), None, &|file| write_group(remote, &head, group, file, &refused));
    match (published, refused.into_inner()) {
        (Ok(()), _) => Ok(group.iter().map(|received| received.len as u64).sum()),
        (Err(_), refused) if refused.is_empty() => Err(Failed::Unwritten),
        (Err(_), refused) => Err(Failed::Refused(refused)),
    }
}

fn write_group(
    remote: &Remote,
    head: &Head,
    group: &[Received],
    file: &File,
    refused: &RefCell<Vec<(usize, Refusal)>>,
) -> io::Result<()> {
    platform::write_all_at(file, head.bytes(), 0)?;
    let secret = remote.shared.options.secret.as_ref();
    let places: Vec<(usize, u64)> = head.starts().enumerate().collect();
    let parts: Vec<&[(usize, u64)]> = parts(&places);
    let written = parallel::map(&parts, |part| with_buffer(|buffer| write_part(group, part, secret, file, buffer)));
    let mut found = Vec::new();
    for refused in written {
        found.extend(refused?);
    }
    let is_good = found.is_empty();
    *refused.borrow_mut() = found;
    if is_good { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// Neighbours that are written together.
fn parts(places: &[(usize, u64)]) -> Vec<&[(usize, u64)]> {
    let part = |place: &(usize, u64)| place.1 / PART_LEN;
    places.chunk_by(|a, b| part(a) == part(b)).collect()
}

/// Unpacks a part of a group and writes it, unless something in it is refused.
fn write_part(
    group: &[Received],
    part: &[(usize, u64)],
    secret: Option<&Secret>,
    file: &File,
    buffer: &mut Vec<u8>,
) -> io::Result<Vec<(usize, Refusal)>> {
    let mut refused = Vec::new();
    let Some((_, first)) = part.first() else { return Ok(refused) };
    buffer.clear();
    for (number, start) in part {
        let Some(received) = group.get(*number) else { continue };
        // Padding, as long as all before it was good.
        if refused.is_empty() {
            buffer.resize(usize::try_from(start - first).unwrap_or_default(), 0);
        }
        let opened = entry::open_onto(&received.key, &received.entry, secret, buffer);
        refused.extend(opened.err().map(|refusal| (*number, refusal)));
    }
    if refused.is_empty() {
        platform::write_all_at(file, buffer, *first)?;
    }
    Ok(refused)
}

/// Lends a buffer of this thread.
fn with_buffer<T>(work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let mut buffer = BUFFER.take();
    let done = work(&mut buffer);
    if buffer.capacity() <= LARGE_BUFFER {
        BUFFER.set(mem::take(&mut buffer));
    }
    done
}
