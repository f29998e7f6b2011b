//! The archive as a stream of bytes: written block by block, read block by block.
//!
//! Neither side needs to seek, so that an archive can go through a pipe. What a reader allocates
//! is bounded by the bytes that arrive, and for a block by [`RAW_LIMIT`].

use std::io::{self, ErrorKind, Read, Write};

use thiserror::Error;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::{FORMAT_VERSION, Key};
use crate::parallel;

/// The first bytes of every archive.
pub const MAGIC: [u8; 8] = *b"\x89PYCAR\r\n";

/// Largest block before compression, in bytes. A larger object is not exported.
pub(crate) const RAW_LIMIT: u64 = 256 << 20;

/// A block is closed when it holds this many bytes before compression, or this many objects:
/// enough to compress well, little enough to keep in memory.
const BLOCK_LEN: usize = 1 << 20;
const BLOCK_OBJECTS: usize = 4096;

/// An archive may be written at the end of every CI run, so not the level of bundles.
const ZSTD_LEVEL: i32 = 6;

/// Base-2 logarithm of the largest window that decompression allocates, in bytes: 8 MiB.
const WINDOW_LOG_MAX: u32 = 23;

/// No buffer starts larger, in bytes, whatever a length in the archive says.
const RESERVE_LIMIT: u64 = 1 << 20;

#[derive(Clone, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RawHeader {
    magic: [u8; 8],
    format_version: U32,
    header_len: U32,
    flags: U32,
    reserved: [u8; 12],
}

const HEADER_LEN: u32 = 32;

/// Stands before each block; the last one, of no objects, before the end.
#[derive(Clone, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RawBlock {
    objects: U32,
    stored_len: U32,
    /// In the last one: number of objects in the archive.
    raw_len: U64,
    hash: [u8; 32],
}

const HASHED_BLOCK_LEN: usize = std::mem::offset_of!(RawBlock, hash);

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RawRow {
    key: [u8; 32],
    len: U64,
}

const ROW_LEN: u64 = size_of::<RawRow>() as u64;
const _: () = assert!(size_of::<RawHeader>() == HEADER_LEN as usize);
const _: () = assert!(size_of::<RawBlock>() == 48 && ROW_LEN == 40);

/// A stream of bytes is not an archive, or is damaged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The stream is of another kind.
    #[error("not an archive of a cache")]
    BadMagic,
    /// Another version of the format.
    #[error("format version {found} is not supported")]
    UnsupportedVersion {
        /// The version in the header.
        found: u32,
    },
    /// A field of the header has a value that this version never writes.
    #[error("bad header")]
    BadHeader,
    /// The stream ends before the archive does.
    #[error("the archive is cut short in block {block}")]
    Truncated {
        /// Number of the block, from zero.
        block: u64,
    },
    /// A block does not match its hash, or makes no sense. What follows cannot be found.
    #[error("the archive is damaged from block {block} on: {what}")]
    BadBlock {
        /// Number of the block, from zero.
        block: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Bytes follow the end of the archive.
    #[error("bytes follow the end of the archive")]
    TrailingBytes,
    /// The stream cannot be read.
    #[error("cannot read the archive")]
    Io(#[source] io::Error),
}

impl RawHeader {
    fn new() -> Self {
        Self {
            magic: MAGIC,
            format_version: U32::new(FORMAT_VERSION),
            header_len: U32::new(HEADER_LEN),
            flags: U32::ZERO,
            reserved: [0; 12],
        }
    }

    fn check(&self) -> Result<(), ArchiveError> {
        if self.magic != MAGIC {
            return Err(ArchiveError::BadMagic);
        }
        if self.format_version.get() != FORMAT_VERSION {
            return Err(ArchiveError::UnsupportedVersion { found: self.format_version.get() });
        }
        if *self == Self::new() { Ok(()) } else { Err(ArchiveError::BadHeader) }
    }
}

impl RawBlock {
    fn hash_with(&self, rows: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.as_bytes().get(..HASHED_BLOCK_LEN).unwrap_or_default()).update(rows);
        *hasher.finalize().as_bytes()
    }
}

/// Writes an archive of objects that come in ascending order of their keys.
pub(crate) struct Writer<W> {
    out: W,
    /// Over the header and the heads of all blocks.
    chain: blake3::Hasher,
    open: OpenBlock,
    /// Blocks that are closed and not written yet, to be compressed at the same time.
    closed: Vec<OpenBlock>,
    objects: u64,
    written: u64,
}

/// A block before it is compressed.
#[derive(Default)]
struct OpenBlock {
    rows: Vec<RawRow>,
    raw: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let (open, closed) = (OpenBlock::default(), Vec::new());
        let mut writer = Self { out, chain: blake3::Hasher::new(), open, closed, objects: 0, written: 0 };
        writer.chained(RawHeader::new().as_bytes())?;
        Ok(writer)
    }

    fn chained(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.chain.update(bytes);
        self.plain(bytes)
    }

    fn plain(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    /// Adds an object. The caller keeps the order, and to [`RAW_LIMIT`].
    pub(crate) fn add(&mut self, key: &Key, bytes: &[u8]) -> io::Result<()> {
        let open = &mut self.open;
        let is_full = open.raw.len().saturating_add(bytes.len()) > BLOCK_LEN || open.rows.len() >= BLOCK_OBJECTS;
        if is_full && !open.rows.is_empty() {
            self.close_block()?;
        }
        self.open.rows.push(RawRow { key: *key.as_bytes(), len: U64::new(bytes.len() as u64) });
        self.open.raw.extend_from_slice(bytes);
        self.objects += 1;
        Ok(())
    }

    fn close_block(&mut self) -> io::Result<()> {
        self.closed.push(std::mem::take(&mut self.open));
        if self.closed.len() >= parallel::threads() * 2 { self.write_closed() } else { Ok(()) }
    }

    fn write_closed(&mut self) -> io::Result<()> {
        let closed = std::mem::take(&mut self.closed);
        let compressed = parallel::map(&closed, |block| zstd::bulk::compress(&block.raw, ZSTD_LEVEL));
        for (block, stored) in closed.iter().zip(compressed) {
            self.write_block(block, &stored?)?;
        }
        Ok(())
    }

    fn write_block(&mut self, block: &OpenBlock, stored: &[u8]) -> io::Result<()> {
        let narrow =
            |len: usize| u32::try_from(len).map(U32::new).map_err(|_| io::Error::from(ErrorKind::FileTooLarge));
        let mut head = RawBlock {
            objects: narrow(block.rows.len())?,
            stored_len: narrow(stored.len())?,
            raw_len: U64::new(block.raw.len() as u64),
            hash: [0; 32],
        };
        head.hash = head.hash_with(block.rows.as_bytes());
        self.chained(head.as_bytes())?;
        self.plain(block.rows.as_bytes())?;
        self.plain(stored)
    }

    /// Ends the archive. Returns its size in bytes.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        if !self.open.rows.is_empty() {
            self.close_block()?;
        }
        self.write_closed()?;
        let mut end =
            RawBlock { objects: U32::ZERO, stored_len: U32::ZERO, raw_len: U64::new(self.objects), hash: [0; 32] };
        self.chain.update(end.as_bytes().get(..HASHED_BLOCK_LEN).unwrap_or_default());
        end.hash = *self.chain.finalize().as_bytes();
        self.plain(end.as_bytes())?;
        self.out.flush()?;
        Ok(self.written)
    }
}

/// Reads an archive.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    chain: blake3::Hasher,
    /// Number of the block that comes next.
    block: u64,
    objects: u64,
    last_key: Option<[u8; 32]>,
    is_over: bool,
}

/// Some objects of an archive.
#[derive(Debug)]
pub struct Block {
    rows: Vec<RawRow>,
    stored: Vec<u8>,
    raw_len: u64,
}

impl<R: Read> Reader<R> {
    /// Begins to read an archive.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] if the stream does not begin as an archive does.
    pub fn new(from: R) -> Result<Self, ArchiveError> {
        let chain = blake3::Hasher::new();
        let mut reader = Self { from, chain, block: 0, objects: 0, last_key: None, is_over: false };
        let mut header = RawHeader::new();
        // A short stream of another kind is of another kind.
        let mut start = Vec::new();
        let wanted = u64::from(HEADER_LEN);
        (&mut reader.from).take(wanted).read_to_end(&mut start).map_err(ArchiveError::Io)?;
        if !start.starts_with(&MAGIC) {
            return Err(ArchiveError::BadMagic);
        }
        if start.len() as u64 != wanted {
            return Err(ArchiveError::Truncated { block: 0 });
        }
        header.as_mut_bytes().copy_from_slice(&start);
        header.check()?;
        reader.chain.update(header.as_bytes());
        Ok(reader)
    }

    /// The next block; `None` at the end of a whole archive, which nothing follows.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] if the stream is damaged. There is no way on from there.
    pub fn next_block(&mut self) -> Result<Option<Block>, ArchiveError> {
        if self.is_over {
            return Ok(None);
        }
        // Whatever goes wrong, there is no second try.
        self.is_over = true;
        let head = RawBlock::read_from_bytes(&self.exactly(size_of::<RawBlock>() as u64)?)
            .map_err(|_| ArchiveError::Truncated { block: self.block })?;
        if head.objects.get() == 0 {
            return self.end(&head).map(|()| None);
        }
        let number = self.block;
        let fault = |what| ArchiveError::BadBlock { block: number, what };
        let (objects, raw_len) = (u64::from(head.objects.get()), head.raw_len.get());
        if raw_len > RAW_LIMIT {
            return Err(fault("larger than a block may be"));
        }
        let rows = self.exactly(objects * ROW_LEN)?;
        if head.hash_with(&rows) != head.hash {
            return Err(fault("it does not match its hash"));
        }
        let rows: Vec<RawRow> =
            <[RawRow]>::ref_from_bytes(&rows).map_err(|_| fault("its table makes no sense"))?.to_vec();
        self.check_rows(&rows, raw_len)?;
        let stored = self.exactly(u64::from(head.stored_len.get()))?;
        self.chain.update(head.as_bytes());
        self.block += 1;
        self.objects += objects;
        self.is_over = false;
        Ok(Some(Block { rows, stored, raw_len }))
    }

    fn check_rows(&mut self, rows: &[RawRow], raw_len: u64) -> Result<(), ArchiveError> {
        let fault = |what| ArchiveError::BadBlock { block: self.block, what };
        let mut sum = 0u64;
        for row in rows {
            if self.last_key.is_some_and(|last| last >= row.key) {
                return Err(fault("its keys are not in order"));
            }
            self.last_key = Some(row.key);
            sum = sum.checked_add(row.len.get()).ok_or(fault("its lengths make no sense"))?;
        }
        if sum == raw_len { Ok(()) } else { Err(fault("its lengths do not add up")) }
    }

    fn end(&mut self, end: &RawBlock) -> Result<(), ArchiveError> {
        let fault = |what| ArchiveError::BadBlock { block: self.block, what };
        self.chain.update(end.as_bytes().get(..HASHED_BLOCK_LEN).unwrap_or_default());
        if end.stored_len.get() != 0 || end.raw_len.get() != self.objects {
            return Err(fault("its end makes no sense"));
        }
        if *self.chain.finalize().as_bytes() != end.hash {
            return Err(fault("blocks are missing or not in order"));
        }
        let mut more = [0];
        match self.from.read(&mut more) {
            Ok(0) => Ok(()),
            Ok(_) => Err(ArchiveError::TrailingBytes),
            Err(error) => Err(ArchiveError::Io(error)),
        }
    }

    /// The next `len` bytes. The buffer grows with what arrives.
    fn exactly(&mut self, len: u64) -> Result<Vec<u8>, ArchiveError> {
        let mut bytes = Vec::with_capacity(usize::try_from(len.min(RESERVE_LIMIT)).unwrap_or_default());
        (&mut self.from).take(len).read_to_end(&mut bytes).map_err(ArchiveError::Io)?;
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(ArchiveError::Truncated { block: self.block }) }
    }
}

impl Block {
    /// The keys of the objects, in ascending order. What is behind them is not verified.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Key> {
        self.rows.iter().map(|row| Key::from_bytes(row.key))
    }

    /// The bytes of all objects, one after the other.
    ///
    /// # Errors
    ///
    /// If they do not decompress to what the table says.
    pub fn decompress(&self) -> io::Result<Vec<u8>> {
        let mut decoder = zstd::Decoder::with_buffer(self.stored.as_slice())?;
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        let mut raw = Vec::with_capacity(usize::try_from(self.raw_len.min(RESERVE_LIMIT)).unwrap_or_default());
        decoder.take(self.raw_len + 1).read_to_end(&mut raw)?;
        if raw.len() as u64 == self.raw_len { Ok(raw) } else { Err(io::Error::other("not of the expected length")) }
    }

    /// Each object with its bytes in what [`decompress`](Self::decompress) gave. Not verified.
    pub fn objects<'a>(&'a self, raw: &'a [u8]) -> impl Iterator<Item = (Key, &'a [u8])> {
        let mut rest = raw;
        self.rows.iter().map(move |row| {
            // The lengths add up to that of the whole.
            let len = usize::try_from(row.len.get()).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, after) = rest.split_at(len);
            rest = after;
            (Key::from_bytes(row.key), bytes)
        })
    }
}
