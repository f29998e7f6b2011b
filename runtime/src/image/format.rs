//! The file of an image.
//!
//! ```text
//! header      fixed, little-endian
//! ranges      one record for each saved piece of the program's variables
//! pieces      their bytes
//! info        JSON: what is in the image
//! stamps      bincode: the source files that it depends on, as they were
//! arena       page-aligned, to be mapped
//! code        of the program itself, in large pieces, to be mapped; or none
//! ```

use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{U32, U64},
};

use super::{code::LARGE, layout::USED_PARTS};

/// Version of all this. Another one is another file.
pub(super) const VERSION: u32 = 4;

const MAGIC: [u8; 8] = *b"PYCRSIMG";

/// Where the arena begins in the file: a multiple of this.
pub(super) const PAGE: usize = 4096;

/// No more is read before the arena, in bytes.
const MOST_BEFORE_ARENA: u64 = 16 << 20;

pub(super) const HEADER_LEN: usize = size_of::<Header>();

/// The beginning of the file.
#[derive(Clone, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Header {
    magic: [u8; 8],
    version: U32,
    pub(super) cpu_features: U32,
    /// blake3 of the whole file, with zeros here.
    pub(super) hash: [u8; 32],
    /// Of the program that made it, padded with zeros.
    pub(super) build_id: [u8; 32],
    /// Hash of what a start must have in common with the start of the image.
    pub(super) conditions: [u8; 32],
    pub(super) file_len: U64,
    pub(super) arena_base: U64,
    pub(super) arena_len: U64,
    pub(super) arena_at: U64,
    /// How long the parts are that the arena begins with ([`USED_PARTS`](super::layout::USED_PARTS)).
    pub(super) used: [U64; USED_PARTS],
    pub(super) info_at: U64,
    pub(super) info_len: U64,
    pub(super) stamps_at: U64,
    pub(super) stamps_len: U64,
    /// Address of the code, where in the file it is, and its length; zeros if there is none.
    pub(super) code_start: U64,
    pub(super) code_at: U64,
    pub(super) code_len: U64,
    /// Address of the root object.
    pub(super) root: U64,
    /// Where in the root object the engine keeps its stack limit.
    pub(super) stack_limit_at: U64,
    /// How far above the stack's end that limit is.
    pub(super) stack_margin: U64,
    pub(super) ranges: U32,
    reserved: U32,
}

/// A saved piece of the program's variables.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct RangeRecord {
    /// Whether it is thread-local.
    pub(super) thread_local: U32,
    reserved: U32,
    /// Its address; of a thread-local one, its distance from the landmark, modulo 2^64.
    pub(super) place: U64,
    pub(super) len: U64,
    /// Where in the file its bytes are.
    pub(super) at: U64,
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It is no image.
    #[error("not an image")]
    NotAnImage,
    /// It is one of another version of pyc-rs.
    #[error("of another format version")]
    Version,
    /// Its parts do not fit into it.
    #[error("truncated or damaged")]
    Damaged,
}

impl Header {
    /// Reads and checks a header. `file_len` is the length of the file it is from.
    pub(super) fn read(bytes: &[u8], file_len: u64) -> Result<Self, FormatError> {
        let (header, _) = Self::read_from_prefix(bytes).map_err(|_| FormatError::NotAnImage)?;
        if header.magic != MAGIC {
            return Err(FormatError::NotAnImage);
        }
        if header.version.get() != VERSION {
            return Err(FormatError::Version);
        }
        let fits = |at: U64, len: U64| at.get().checked_add(len.get()).is_some_and(|end| end <= file_len);
        let sound = header.file_len.get() == file_len
            && fits(header.arena_at, header.arena_len)
            && fits(header.info_at, header.info_len)
            && fits(header.stamps_at, header.stamps_len)
            && fits(header.code_at, header.code_len)
            && header.code_at.get() % LARGE as u64 == 0
            && header.arena_at.get() % PAGE as u64 == 0
            && header.used.iter().fold(0, |sum: u64, len| sum.saturating_add(len.get())) <= header.arena_len.get()
            && header.arena_at.get() <= MOST_BEFORE_ARENA
            && header.info_at.get().saturating_add(header.info_len.get()) <= header.arena_at.get();
        if sound { Ok(header) } else { Err(FormatError::Damaged) }
    }

    /// The records and their pieces, out of the part of the file before the arena.
    pub(super) fn pieces<'a>(&self, head: &'a [u8]) -> Result<Vec<(RangeRecord, &'a [u8])>, FormatError> {
        let count = self.ranges.get() as usize;
        let table = head.get(HEADER_LEN..).ok_or(FormatError::Damaged)?;
        let (records, _) =
            <[RangeRecord]>::ref_from_prefix_with_elems(table, count).map_err(|_| FormatError::Damaged)?;
        records
            .iter()
            .map(|record| {
                let at = usize::try_from(record.at.get()).map_err(|_| FormatError::Damaged)?;
                let len = usize::try_from(record.len.get()).map_err(|_| FormatError::Damaged)?;
                let piece = at.checked_add(len).and_then(|end| head.get(at..end)).ok_or(FormatError::Damaged)?;
                Ok((*record, piece))
            })
            .collect()
    }
}

/// What an image is made of.
pub(super) struct Parts<'a> {
    pub(super) build_id: &'a [u8],
    pub(super) cpu_features: u32,
    pub(super) conditions: [u8; 32],
    /// (thread-local, place, bytes)
    pub(super) pieces: Vec<(bool, u64, &'a [u8])>,
    pub(super) info: &'a [u8],
    pub(super) stamps: &'a [u8],
    pub(super) arena_base: usize,
    pub(super) arena: &'a [u8],
    pub(super) used: [usize; USED_PARTS],
    /// The program's code, and its address.
    pub(super) code: Option<(usize, &'a [u8])>,
    pub(super) root: usize,
    pub(super) stack_limit_at: usize,
    pub(super) stack_margin: usize,
}

/// A build id as the header keeps it.
pub(super) fn padded(build_id: &[u8]) -> [u8; 32] {
    let mut padded = [0; 32];
    for (to, from) in padded.iter_mut().zip(build_id) {
        *to = *from;
    }
    padded
}

impl Parts<'_> {
    /// Everything before the arena, complete, and everything between the arena and the code.
    pub(super) fn head(&self) -> (Vec<u8>, Vec<u8>) {
        let number = |number: usize| U64::new(number as u64);
        let mut at = HEADER_LEN + self.pieces.len() * size_of::<RangeRecord>();
        let mut records = Vec::new();
        let mut bytes = Vec::new();
        for (thread_local, place, piece) in &self.pieces {
            records.push(RangeRecord {
                thread_local: U32::new(u32::from(*thread_local)),
                reserved: U32::ZERO,
                place: U64::new(*place),
                len: number(piece.len()),
                at: number(at),
            });
            bytes.extend_from_slice(piece);
            at += piece.len();
        }
        let info_at = at;
        let stamps_at = info_at + self.info.len();
        let arena_at = (stamps_at + self.stamps.len()).next_multiple_of(PAGE);
        let arena_end = arena_at + self.arena.len();
        let (code_start, code) = self.code.unwrap_or_default();
        let code_at = if code.is_empty() { 0 } else { arena_end.next_multiple_of(LARGE) };
        let gap = vec![0; code_at.saturating_sub(arena_end)];
        let mut header = Header {
            magic: MAGIC,
            version: U32::new(VERSION),
            cpu_features: U32::new(self.cpu_features),
            hash: [0; 32],
            build_id: padded(self.build_id),
            conditions: self.conditions,
            file_len: number(arena_end + gap.len() + code.len()),
            arena_base: number(self.arena_base),
            arena_len: number(self.arena.len()),
            arena_at: number(arena_at),
            used: self.used.map(number),
            info_at: number(info_at),
            info_len: number(self.info.len()),
            stamps_at: number(stamps_at),
            stamps_len: number(self.stamps.len()),
            code_start: number(code_start),
            code_at: number(code_at),
            code_len: number(code.len()),
            root: number(self.root),
            stack_limit_at: number(self.stack_limit_at),
            stack_margin: number(self.stack_margin),
            ranges: U32::new(u32::try_from(records.len()).unwrap_or(u32::MAX)),
            reserved: U32::ZERO,
        };
        let mut rest = records.as_slice().as_bytes().to_owned();
        rest.append(&mut bytes);
        rest.extend_from_slice(self.info);
        rest.extend_from_slice(self.stamps);
        rest.resize(arena_at - HEADER_LEN, 0);
        let mut hasher = blake3::Hasher::new();
        hasher.update(header.as_bytes()).update(&rest).update(self.arena).update(&gap).update(code);
        header.hash = *hasher.finalize().as_bytes();
        ([header.as_bytes(), &rest].concat(), gap)
    }
}

/// Whether the bytes of a whole file have the hash that its header says.
pub(super) fn is_intact(file: &[u8]) -> bool {
    let Ok(mut header) = Header::read(file, file.len() as u64) else { return false };
    let said = std::mem::take(&mut header.hash);
    let mut hasher = blake3::Hasher::new();
    let found = hasher.update(header.as_bytes()).update(file.get(HEADER_LEN..).unwrap_or_default()).finalize();
    *found.as_bytes() == said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let parts = Parts {
            build_id: b"build",
            cpu_features: 7,
            conditions: [3; 32],
            pieces: vec![(false, 0x1234, b"static"), (true, u64::MAX, b"tls")],
            info: b"{}",
            stamps: b"stamps",
            arena_base: 1 << 40,
            arena: &[9; 2 * PAGE],
            used: [PAGE, 0, PAGE, 0],
            code: Some((3 * LARGE, b"code")),
            root: (1 << 40) + 16,
            stack_limit_at: 8,
            stack_margin: 65536,
        };
        let (head, gap) = parts.head();
        [&head, parts.arena, &gap, b"code"].concat()
    }

    #[test]
    fn what_is_written_is_read() {
        let file = sample();
        let header = Header::read(&file, file.len() as u64).unwrap();
        assert_eq!((header.build_id, header.cpu_features.get()), (padded(b"build"), 7));
        let arena_at = usize::try_from(header.arena_at.get()).unwrap();
        assert_eq!(&file[arena_at..][..2 * PAGE], [9; 2 * PAGE]);
        assert_eq!((header.code_start.get(), header.code_at.get()), (3 * LARGE as u64, LARGE as u64));
        assert_eq!(&file[LARGE..], b"code");
        let pieces = header.pieces(&file[..arena_at]).unwrap();
        let pieces: Vec<_> = pieces.iter().map(|(r, bytes)| (r.thread_local.get(), r.place.get(), *bytes)).collect();
        assert_eq!(pieces, [(0, 0x1234, &b"static"[..]), (1, u64::MAX, b"tls")]);
        assert!(is_intact(&file));
    }

    #[test]
    fn any_changed_byte_is_found() {
        let file = sample();
        let mut changed = file.clone();
        let near_the_ends = |at: &usize| at.is_multiple_of(7) && (*at < 4 * PAGE || *at + 70 > file.len());
        for at in (0..file.len()).filter(near_the_ends).chain([LARGE / 2, LARGE]) {
            changed[at] ^= 1;
            assert!(!is_intact(&changed), "{at}");
            changed[at] ^= 1;
        }
    }

    #[test]
    fn torn_files_are_refused() {
        let file = sample();
        for len in (0..4 * PAGE).step_by(61).chain([LARGE, file.len() - 1]) {
            assert!(Header::read(&file[..len], len as u64).is_err(), "{len}");
        }
        // Whatever a header says, its pieces are looked for inside the file only.
        for at in 0..HEADER_LEN {
            let mut changed = file.clone();
            changed[at] ^= 0xff;
            if let Ok(header) = Header::read(&changed, changed.len() as u64) {
                let _ = header.pieces(&changed);
            }
        }
    }
}
