//! What a remote holds under a key: an artifact, packed, with a tag that only who knows the
//! secret can make. Specified in `docs/format.md`.
//!
//! [`open`] is total: whatever the bytes, it answers with the artifact's bytes or a reason, and
//! it allocates no more than it was told to expect.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Cursor};

use thiserror::Error;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};
use zstd::bulk::Decompressor;

use crate::artifact::{self, ArtifactError};
use crate::key::Key;

/// The first bytes of every entry.
pub const MAGIC: [u8; 8] = *b"\x89PYCRR\r\n";

/// Version of the entry; not that of the artifact in it.
pub const VERSION: u32 = 1;

/// Largest entry that is sent or accepted, in bytes.
pub const MAX_ENTRY: usize = 64 << 20;

/// Largest artifact in an entry, in bytes.
pub const MAX_CONTENT: usize = 256 << 20;

/// Fewest bytes of a secret.
pub const MIN_SECRET: usize = 16;

/// The tag field holds a tag.
const TAGGED: u32 = 1;

/// The content is a zstd frame.
const ZSTD: u32 = 2;

const KNOWN_FLAGS: u32 = TAGGED | ZSTD;

/// Fast: a file is packed once and waited for by nobody, but there may be thousands of them.
const LEVEL: i32 = 1;

/// What is written into the derivation of the tag's key; fixed by the format.
const CONTEXT: &str = "pyc-rs 2026-11-25 tag of a remote cache entry";

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Header {
    magic: [u8; 8],
    version: U32,
    flags: U32,
    /// Length of the artifact.
    content_len: U64,
    reserved: [u8; 8],
    tag: [u8; 32],
}

const HEADER_LEN: usize = size_of::<Header>();
const _: () = assert!(HEADER_LEN == 64);

/// The part of the header that the tag covers: every byte before the tag itself.
const TAGGED_HEADER_LEN: usize = std::mem::offset_of!(Header, tag);

/// A secret that the users of a remote share. Shows itself to nobody.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A secret is too short to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a secret has at least {MIN_SECRET} bytes, not {len}")]
pub struct ShortSecret {
    /// Its length without the white space around it, in bytes.
    pub len: usize,
}

impl Secret {
    /// The secret in these bytes. White space around it is not part of it: an editor adds a
    /// line end where none was meant.
    ///
    /// # Errors
    ///
    /// When it has fewer than [`MIN_SECRET`] bytes.
    pub fn new(text: &[u8]) -> Result<Self, ShortSecret> {
        let text = text.trim_ascii();
        if text.len() < MIN_SECRET {
            return Err(ShortSecret { len: text.len() });
        }
        Ok(Self(blake3::derive_key(CONTEXT, text)))
    }

    fn tag(&self, header: &Header, key: &Key, content: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(header.as_bytes().get(..TAGGED_HEADER_LEN).unwrap_or_default());
        hasher.update(key.as_bytes());
        hasher.update(content);
        hasher.finalize()
    }
}

/// Why an entry is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is not an entry, or not one of this version.
    #[error("not an entry of this version: {0}")]
    Malformed(&'static str),
    /// There is a secret, and the entry has no tag.
    #[error("not tagged")]
    Untagged,
    /// The tag was made with another secret, for another key or for other bytes.
    #[error("wrong tag")]
    WrongTag,
    /// The artifact in it is not one, or not that of the key.
    #[error("{0}")]
    BadArtifact(ArtifactError),
}

/// Packs an artifact. `None` if it is larger than an entry may be.
#[must_use]
pub fn seal(key: &Key, artifact: &[u8], secret: Option<&Secret>) -> Option<Vec<u8>> {
    if artifact.len() > MAX_CONTENT {
        return None;
    }
    let packed = zstd::bulk::compress(artifact, LEVEL).ok().filter(|packed| packed.len() < artifact.len());
    let (content, packing) = match &packed {
        Some(packed) => (packed.as_slice(), ZSTD),
        None => (artifact, 0),
    };
    let tagging = if secret.is_some() { TAGGED } else { 0 };
    let mut header = Header {
        magic: MAGIC,
        version: U32::new(VERSION),
        flags: U32::new(packing | tagging),
        content_len: U64::new(artifact.len() as u64),
        reserved: [0; 8],
        tag: [0; 32],
    };
    if let Some(secret) = secret {
        header.tag = *secret.tag(&header, key, content).as_bytes();
    }
    let entry = [header.as_bytes(), content].concat();
    (entry.len() <= MAX_ENTRY).then_some(entry)
}

/// Checks an entry, and gives the bytes of the artifact of `key` in it, which are verified too.
/// With a secret, nothing is unpacked before its tag is found right.
///
/// # Errors
///
/// The first check that fails.
pub fn open(key: &Key, entry: &[u8], secret: Option<&Secret>) -> Result<Vec<u8>, Refusal> {
    let mut artifact = Vec::new();
    open_onto(key, entry, secret, &mut artifact)?;
    Ok(artifact)
}

/// [`open`], appended to what is in a buffer. After an error, nothing behind that is to be used.
pub(super) fn open_onto(key: &Key, entry: &[u8], secret: Option<&Secret>, buffer: &mut Vec<u8>) -> Result<(), Refusal> {
    let start = buffer.len();
    let (header, content) = Header::ref_from_prefix(entry).map_err(|_| Refusal::Malformed("too short"))?;
    let flags = header.check()?;
    if let Some(secret) = secret {
        if flags & TAGGED == 0 {
            return Err(Refusal::Untagged);
        }
        // Compares in constant time.
        if secret.tag(header, key, content) != header.tag {
            return Err(Refusal::WrongTag);
        }
    }
    let len = header.content_len()?;
    if flags & ZSTD == 0 {
        buffer.extend_from_slice(content);
    } else {
        unpack(content, len, buffer).map_err(|_| Refusal::Malformed("not a zstd frame"))?;
    }
    let artifact = buffer.get(start..).unwrap_or_default();
    if artifact.len() != len {
        return Err(Refusal::Malformed("length of the content"));
    }
    artifact::locate(artifact, Some(key)).map_err(Refusal::BadArtifact)?;
    Ok(())
}

/// The length that an entry says its artifact has; no promise that it has.
pub(super) fn len_of_content(entry: &[u8]) -> Result<usize, Refusal> {
    let (header, _) = Header::ref_from_prefix(entry).map_err(|_| Refusal::Malformed("too short"))?;
    header.check()?;
    header.content_len()
}

/// Appends what a frame unpacks to, at most `len` bytes. What it takes to unpack one is kept for
/// the next one on this thread: it is larger than most entries.
fn unpack(frame: &[u8], len: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        let start = buffer.len();
        buffer.reserve(len);
        let mut rest = Cursor::new(buffer);
        rest.set_position(start as u64);
        decompressor.decompress_to_buffer(frame, &mut rest).map(drop)
    })
}

impl Header {
    fn content_len(&self) -> Result<usize, Refusal> {
        let len = usize::try_from(self.content_len.get()).ok().filter(|len| *len <= MAX_CONTENT);
        len.ok_or(Refusal::Malformed("too large"))
    }

    fn check(&self) -> Result<u32, Refusal> {
        let flags = self.flags.get();
        let what = if self.magic != MAGIC {
            "magic"
        } else if self.version.get() != VERSION {
            "version"
        } else if flags & !KNOWN_FLAGS != 0 {
            "unknown flags"
        } else if self.reserved != [0; 8] {
            "reserved bytes are not zero"
        } else if flags & TAGGED == 0 && self.tag != [0; 32] {
            "a tag without its flag"
        } else {
            return Ok(flags);
        };
        Err(Refusal::Malformed(what))
    }
}
