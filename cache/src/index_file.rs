//! The file of a stat index: a fixed header, then one body.

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::index::{FileStamp, IndexEntry};
use crate::key::{FORMAT_VERSION, Key};
use crate::wire::{self, BorrowDecode, BorrowDecoder, DecodeError, Encode, WireError};

const MAGIC: [u8; 8] = *b"\x89PYCIX\r\n";

/// Largest body, in bytes.
const BODY_LIMIT: usize = 256 << 20;

/// The header as it lies on disk. Every field is compared with the only value it can have.
#[derive(PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RawHeader {
    magic: [u8; 8],
    format_version: U32,
    header_len: U32,
    body_len: U64,
    reserved: [u8; 8],
    body_hash: [u8; 32],
}

const HEADER_LEN: u32 = 64;
const _: () = assert!(size_of::<RawHeader>() == HEADER_LEN as usize);

impl RawHeader {
    fn of(body: &[u8]) -> Self {
        Self {
            magic: MAGIC,
            format_version: U32::new(FORMAT_VERSION),
            header_len: U32::new(HEADER_LEN),
            body_len: U64::new(body.len() as u64),
            reserved: [0; 8],
            body_hash: *blake3::hash(body).as_bytes(),
        }
    }
}

/// The content of an index.
#[derive(Debug, Default, PartialEq, Eq, Encode)]
pub(crate) struct Body {
    /// When the session began that saved the index, in nanoseconds since 1970.
    pub(crate) started_ns: i64,
    /// In strictly ascending order of the paths.
    pub(crate) records: Vec<Record>,
}

#[derive(Debug, PartialEq, Eq, Encode)]
pub(crate) struct Record {
    path: Vec<u8>,
    size: u64,
    mtime_ns: i64,
    ctime_ns: i64,
    inode: u64,
    key: [u8; 32],
}

impl Body {
    /// Sorts the entries. Where a path appears twice, the later entry counts.
    pub(crate) fn new(started_ns: i64, mut entries: Vec<(Vec<u8>, IndexEntry)>) -> Self {
        // The sort is stable and `dedup` keeps the first of equals: reversed, the later entry.
        entries.reverse();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(a, _), (b, _)| a == b);
        let records = entries.into_iter().map(|(path, entry)| Record::new(path, &entry)).collect();
        Self { started_ns, records }
    }

    pub(crate) fn find(&self, path: &[u8]) -> Option<IndexEntry> {
        let at = self.records.binary_search_by(|record| record.path.as_slice().cmp(path)).ok()?;
        self.records.get(at).map(Record::entry)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[u8], IndexEntry)> {
        self.records.iter().map(|record| (record.path.as_slice(), record.entry()))
    }

    fn is_sorted(&self) -> bool {
        self.records.is_sorted_by(|a, b| a.path < b.path)
    }
}

impl Record {
    fn new(path: Vec<u8>, entry: &IndexEntry) -> Self {
        let IndexEntry { stamp, key } = entry;
        Self {
            path,
            size: stamp.size,
            mtime_ns: stamp.mtime_ns,
            ctime_ns: stamp.ctime_ns,
            inode: stamp.inode,
            key: *key.as_bytes(),
        }
    }

    fn entry(&self) -> IndexEntry {
        IndexEntry {
            stamp: FileStamp { size: self.size, mtime_ns: self.mtime_ns, ctime_ns: self.ctime_ns, inode: self.inode },
            key: Key::from_bytes(self.key),
        }
    }
}

impl<'de> BorrowDecode<'de, ()> for Body {
    fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
    where
        D: BorrowDecoder<'de, Context = ()>,
    {
        Ok(Self { started_ns: wire::field(decoder)?, records: wire::list(decoder)? })
    }
}

impl<'de> BorrowDecode<'de, ()> for Record {
    fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
    where
        D: BorrowDecoder<'de, Context = ()>,
    {
        Ok(Self {
            path: wire::field::<&[u8], D>(decoder)?.to_vec(),
            size: wire::field(decoder)?,
            mtime_ns: wire::field(decoder)?,
            ctime_ns: wire::field(decoder)?,
            inode: wire::field(decoder)?,
            key: wire::field(decoder)?,
        })
    }
}

pub(crate) fn encode(body: &Body) -> Result<Vec<u8>, WireError> {
    let body = wire::to_bytes_within::<BODY_LIMIT, _>(body)?;
    Ok([RawHeader::of(&body).as_bytes(), &body].concat())
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Body, WireError> {
    let malformed = |what: &str| WireError::Malformed(what.to_owned());
    let (header, body) = RawHeader::ref_from_prefix(bytes).map_err(|_| malformed("no header"))?;
    if *header != RawHeader::of(body) {
        return Err(malformed("the header does not match the body"));
    }
    let body: Body = wire::from_bytes_within::<BODY_LIMIT, _>(body)?;
    if !body.is_sorted() {
        return Err(malformed("the paths are not in order"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u8) -> IndexEntry {
        let stamp = FileStamp { size: u64::from(n), mtime_ns: -1, ctime_ns: i64::MAX, inode: u64::MAX };
        IndexEntry { stamp, key: Key::from_bytes([n; 32]) }
    }

    fn body(paths: &[(&str, u8)]) -> Body {
        let entries = paths.iter().map(|(path, n)| (path.as_bytes().to_vec(), entry(*n))).collect();
        Body::new(7, entries)
    }

    #[test]
    fn decoding_gives_back_what_was_encoded() {
        let body = body(&[("b", 2), ("a/x", 1), ("", 3)]);
        assert_eq!(decode(&encode(&body).unwrap()), Ok(body));
    }

    #[test]
    fn the_later_entry_of_a_path_counts() {
        let body = body(&[("a", 1), ("b", 2), ("a", 3)]);
        assert_eq!(body.records.len(), 2);
        assert_eq!(body.find(b"a"), Some(entry(3)));
        assert_eq!(body.find(b"c"), None);
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_an_error() {
        let good = encode(&body(&[("a", 1), ("b", 2)])).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bad).is_err(), "bit {bit}");
        }
        for len in 0..good.len() {
            assert!(decode(&good[..len]).is_err(), "length {len}");
        }
        assert!(decode(&[good.as_slice(), b"\0"].concat()).is_err());
    }

    #[test]
    fn unsorted_paths_are_an_error() {
        let mut body = body(&[("a", 1), ("b", 2)]);
        body.records.reverse();
        assert!(decode(&encode(&body).unwrap()).is_err());
        body.records.remove(0);
        body.records.push(Record::new(b"a".to_vec(), &entry(2)));
        assert!(decode(&encode(&body).unwrap()).is_err());
    }

    #[test]
    fn a_body_of_lies_about_lengths_is_an_error() {
        let mut lie = 7i64.to_le_bytes().to_vec();
        lie.extend(u64::MAX.to_le_bytes());
        let bytes = [RawHeader::of(&lie).as_bytes(), &lie].concat();
        assert!(decode(&bytes).is_err());
    }
}
