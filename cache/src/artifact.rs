//! The artifact: one immutable file that holds one compiled result.
//!
//! A fixed header, metadata, zero padding to a 64-byte boundary, the payload. The layout is
//! specified in `docs/format.md`. [`parse`] is total: whatever the bytes, it answers with a
//! view or an error, and it allocates nothing.

use std::ops::Range;

use thiserror::Error;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::{FORMAT_VERSION, Key};
use crate::wire::{self, BorrowDecode, BorrowDecoder, DecodeError, Encode, WireError};

/// The first bytes of every artifact.
pub const MAGIC: [u8; 8] = *b"\x89PYCRS\r\n";

/// Size of the fixed header, and so of the smallest artifact, in bytes.
pub(crate) const HEADER_LEN: u32 = 128;

/// The payload starts at a multiple of this many bytes.
const PAYLOAD_ALIGN: usize = 64;

/// The header as it lies on disk. Integers are little-endian, nothing is aligned.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RawHeader {
    magic: [u8; 8],
    format_version: U32,
    header_len: U32,
    key: [u8; 32],
    payload_len: U64,
    meta_len: U32,
    flags: U32,
    hash: [u8; 32],
    reserved: [u8; 32],
}

const _: () = assert!(size_of::<RawHeader>() == HEADER_LEN as usize);

/// The part of the header that the hash covers: every byte before the hash itself.
const HASHED_HEADER_LEN: usize = std::mem::offset_of!(RawHeader, hash);

/// What an artifact says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct ArtifactMeta {
    /// Length of the source, in bytes.
    pub source_len: u64,
    /// A path of the source, or empty. Informational: equal inputs must give equal bytes in
    /// every folder, so whoever needs reproducible artifacts leaves it empty.
    pub first_path: String,
    /// Fingerprint of the compiler.
    pub engine: String,
    /// Whether the module has a docstring.
    pub has_docstring: bool,
    /// Number of code objects in the payload.
    pub code_objects: u32,
    /// The parse mode, as in [`KeyInputs`](crate::KeyInputs).
    pub mode: u8,
    /// The optimisation level, as in [`KeyInputs`](crate::KeyInputs).
    pub optimize: u8,
    /// Warnings of the compiler, to be shown again on every hit.
    pub warnings: Vec<MetaWarning>,
}

/// A warning of the compiler.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct MetaWarning {
    /// Line of the source, from 1.
    pub line: u32,
    /// The message.
    pub message: String,
}

impl<'de> BorrowDecode<'de, ()> for ArtifactMeta {
    fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
    where
        D: BorrowDecoder<'de, Context = ()>,
    {
        Ok(Self {
            source_len: wire::field(decoder)?,
            first_path: wire::text(decoder)?,
            engine: wire::text(decoder)?,
            has_docstring: wire::field(decoder)?,
            code_objects: wire::field(decoder)?,
            mode: wire::field(decoder)?,
            optimize: wire::field(decoder)?,
            warnings: wire::list(decoder)?,
        })
    }
}

impl<'de> BorrowDecode<'de, ()> for MetaWarning {
    fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
    where
        D: BorrowDecoder<'de, Context = ()>,
    {
        Ok(Self { line: wire::field(decoder)?, message: wire::text(decoder)? })
    }
}

/// The warnings in encoded metadata, without the rest of it: they are what a hit needs.
struct Warnings(Vec<MetaWarning>);

impl<'de> BorrowDecode<'de, ()> for Warnings {
    fn borrow_decode<D>(decoder: &mut D) -> Result<Self, DecodeError>
    where
        D: BorrowDecoder<'de, Context = ()>,
    {
        // The fields in front of them, as `ArtifactMeta` has them.
        let _source_len: u64 = wire::field(decoder)?;
        let _first_path: &str = wire::field(decoder)?;
        let _engine: &str = wire::field(decoder)?;
        let _has_docstring: bool = wire::field(decoder)?;
        let _code_objects: u32 = wire::field(decoder)?;
        let _mode: u8 = wire::field(decoder)?;
        let _optimize: u8 = wire::field(decoder)?;
        Ok(Self(wire::list(decoder)?))
    }
}

/// A value has no encoding.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The metadata has no encoding within the limit of 16 MiB.
    #[error("cannot encode the metadata: {0}")]
    Metadata(WireError),
    /// The stat index has no encoding within the limit of 256 MiB.
    #[error("cannot encode the stat index: {0}")]
    Index(WireError),
}

/// Bytes are not an artifact of this version, or not the artifact asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// Not even a header.
    #[error("{len} bytes are too short for an artifact")]
    TooShort {
        /// Size of the file, in bytes.
        len: usize,
    },
    /// The file is of another kind.
    #[error("not an artifact")]
    BadMagic,
    /// Another version of the format.
    #[error("format version {found} is not supported")]
    UnsupportedVersion {
        /// The version in the header.
        found: u32,
    },
    /// A field of the header, or the padding, has a value that this version never writes.
    #[error("bad header: {what}")]
    BadHeader {
        /// What is wrong.
        what: &'static str,
    },
    /// The file is shorter or longer than its header says.
    #[error("{found} bytes where the header calls for {expected}")]
    LengthMismatch {
        /// Size of the file by its header, in bytes; `u64::MAX` if it is no number of 64 bits.
        expected: u64,
        /// Size of the file, in bytes.
        found: u64,
    },
    /// An artifact, of another key.
    #[error("holds key {found} in place of {expected}")]
    KeyMismatch {
        /// The key that was asked for.
        expected: Key,
        /// The key in the header.
        found: Key,
    },
    /// The content was changed after it was written.
    #[error("content does not match its hash")]
    HashMismatch,
    /// The metadata does not decode.
    #[error("bad metadata: {0}")]
    BadMetadata(WireError),
}

/// A verified artifact, borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtifactView<'a> {
    /// The key in the header.
    pub key: Key,
    /// The encoded metadata.
    pub meta_bytes: &'a [u8],
    /// The payload. Starts at a multiple of 64 bytes from the start of the file.
    pub payload: &'a [u8],
}

impl ArtifactView<'_> {
    /// Decodes the metadata.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::BadMetadata`] if the bytes are not the encoding of metadata.
    pub fn meta(&self) -> Result<ArtifactMeta, ArtifactError> {
        wire::from_bytes(self.meta_bytes).map_err(ArtifactError::BadMetadata)
    }

    /// The warnings among the metadata.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::BadMetadata`] if the bytes are not the encoding of metadata.
    pub fn warnings(&self) -> Result<Vec<MetaWarning>, ArtifactError> {
        let Warnings(warnings) = wire::from_bytes(self.meta_bytes).map_err(ArtifactError::BadMetadata)?;
        Ok(warnings)
    }
}

/// The bytes of an artifact. The same arguments give the same bytes.
///
/// # Errors
///
/// [`EncodeError::Metadata`] if the metadata is larger than 16 MiB.
pub fn encode(key: &Key, meta: &ArtifactMeta, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let meta = wire::to_bytes(meta).map_err(EncodeError::Metadata)?;
    let meta_len = u32::try_from(meta.len())
        .map_err(|_| EncodeError::Metadata(WireError::TooLarge { len: meta.len(), limit: wire::LIMIT }))?;
    let mut header = RawHeader {
        magic: MAGIC,
        format_version: U32::new(FORMAT_VERSION),
        header_len: U32::new(HEADER_LEN),
        key: *key.as_bytes(),
        payload_len: U64::new(payload.len() as u64),
        meta_len: U32::new(meta_len),
        flags: U32::ZERO,
        hash: [0; 32],
        reserved: [0; 32],
    };
    // The payload is most of it, and is copied once.
    let body_start = HEADER_LEN as usize;
    let payload_start = (body_start + meta.len()).next_multiple_of(PAYLOAD_ALIGN);
    let mut bytes = Vec::with_capacity(payload_start + payload.len());
    bytes.resize(body_start, 0);
    bytes.extend_from_slice(&meta);
    bytes.resize(payload_start, 0);
    bytes.extend_from_slice(payload);
    header.hash = header.content_hash(bytes.get(body_start..).unwrap_or_default());
    if let Some(start) = bytes.get_mut(..body_start) {
        start.copy_from_slice(header.as_bytes());
    }
    Ok(bytes)
}

/// Checks that `bytes` are an artifact, of the key `expected` if one is given.
///
/// The checks run in this order: size, magic, version, header length, flags, reserved bytes,
/// lengths, padding, key, hash. The metadata is not decoded.
///
/// # Errors
///
/// The first check that fails, as an [`ArtifactError`].
pub fn parse<'a>(bytes: &'a [u8], expected: Option<&Key>) -> Result<ArtifactView<'a>, ArtifactError> {
    let (key, sections) = locate(bytes, expected)?;
    Ok(ArtifactView {
        key,
        meta_bytes: bytes.get(sections.meta).unwrap_or_default(),
        payload: bytes.get(sections.payload).unwrap_or_default(),
    })
}

/// Where the parts of a verified artifact lie in its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Sections {
    pub(crate) meta: Range<usize>,
    pub(crate) payload: Range<usize>,
}

/// [`parse`], for an owner of the bytes who cannot keep borrows of them.
pub(crate) fn locate(bytes: &[u8], expected: Option<&Key>) -> Result<(Key, Sections), ArtifactError> {
    let (header, body) = RawHeader::ref_from_prefix(bytes).map_err(|_| ArtifactError::TooShort { len: bytes.len() })?;
    header.check_fixed_fields()?;
    let sections = header.sections(bytes.len())?;
    let padding = bytes.get(sections.meta.end..sections.payload.start);
    if padding.is_none_or(|padding| padding.iter().any(|&byte| byte != 0)) {
        return Err(ArtifactError::BadHeader { what: "padding is not zero" });
    }
    let key = Key::from_bytes(header.key);
    if let Some(&expected) = expected.filter(|&&expected| expected != key) {
        return Err(ArtifactError::KeyMismatch { expected, found: key });
    }
    if header.content_hash(body) != header.hash {
        return Err(ArtifactError::HashMismatch);
    }
    Ok((key, sections))
}

/// The parts of an artifact that [`locate`] found good before.
pub(crate) fn sections_of(bytes: &[u8]) -> Result<Sections, ArtifactError> {
    let (header, _) = RawHeader::ref_from_prefix(bytes).map_err(|_| ArtifactError::TooShort { len: bytes.len() })?;
    header.sections(bytes.len())
}

impl RawHeader {
    /// Checks what is the same in every artifact of this version.
    fn check_fixed_fields(&self) -> Result<(), ArtifactError> {
        if self.magic != MAGIC {
            return Err(ArtifactError::BadMagic);
        }
        if self.format_version.get() != FORMAT_VERSION {
            return Err(ArtifactError::UnsupportedVersion { found: self.format_version.get() });
        }
        let what = if self.header_len.get() != HEADER_LEN {
            "unknown header length"
        } else if self.flags.get() != 0 {
            "unknown flags"
        } else if self.reserved != [0; 32] {
            "reserved bytes are not zero"
        } else {
            return Ok(());
        };
        Err(ArtifactError::BadHeader { what })
    }

    /// The places of the parts in a file of `file_len` bytes, which they fill exactly.
    fn sections(&self, file_len: usize) -> Result<Sections, ArtifactError> {
        let meta_end = u64::from(HEADER_LEN) + u64::from(self.meta_len.get());
        let expected = meta_end.next_multiple_of(PAYLOAD_ALIGN as u64).saturating_add(self.payload_len.get());
        let found = file_len as u64;
        if expected != found {
            return Err(ArtifactError::LengthMismatch { expected, found });
        }
        // None of this overflows: it ends within the file, whose size is a `usize`.
        let meta = HEADER_LEN as usize..HEADER_LEN as usize + self.meta_len.get() as usize;
        let payload = meta.end.next_multiple_of(PAYLOAD_ALIGN)..file_len;
        Ok(Sections { meta, payload })
    }

    /// blake3 of the header before the hash, then of everything after the header. The fixed
    /// and the reserved fields of the header are compared, not hashed; the two together leave
    /// no bit of a file unprotected.
    fn content_hash(&self, body: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.as_bytes().get(..HASHED_HEADER_LEN).unwrap_or_default());
        hasher.update(body);
        *hasher.finalize().as_bytes()
    }
}
