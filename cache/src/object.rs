//! An artifact in memory, and the file it comes from.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use thiserror::Error;

use crate::artifact::{self, ArtifactError, ArtifactMeta, ArtifactView, MetaWarning};
use crate::error::reason;
use crate::key::Key;
use crate::map::Mapping;
use crate::pack::PackError;
use crate::packs::MappedPack;
use crate::platform;
use crate::store::MissReason;

/// The modification time of an object or a pack is the time of its last use, up to this much.
pub(crate) const TOUCH_INTERVAL: Duration = Duration::from_hours(1);

/// A verified artifact in memory, mapped from its file or from a pack.
#[derive(Debug)]
pub struct Artifact {
    source: Source,
    key: Key,
    len: usize,
    meta: Range<usize>,
    payload: Range<usize>,
}

#[derive(Debug)]
enum Source {
    File(Mapping),
    Pack(Arc<MappedPack>),
}

impl Source {
    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        let all: &[u8] = match self {
            Self::File(map) => map,
            Self::Pack(pack) => pack.all(),
        };
        all.get(range.clone()).unwrap_or_default()
    }
}

impl Artifact {
    /// Verifies an artifact of a pack, the first time that it is used.
    pub(crate) fn from_pack(pack: Arc<MappedPack>, index: usize, key: &Key) -> Result<Self, ArtifactError> {
        let found = pack.locate(index, false)?;
        let (len, meta, payload) = (found.len, found.meta, found.payload);
        Ok(Self { source: Source::Pack(pack), key: *key, len, meta, payload })
    }

    /// Verifies an artifact that is in memory alone.
    #[cfg(feature = "remote")]
    pub(crate) fn in_memory(map: Mapping, key: &Key) -> Result<Self, ArtifactError> {
        let (key, sections) = artifact::locate(&map, Some(key))?;
        let (meta, payload) = (sections.meta, sections.payload);
        Ok(Self { len: map.len(), source: Source::File(map), key, meta, payload })
    }

    /// All of it, with its header.
    #[cfg(feature = "remote")]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.source.bytes(&(self.payload.end - self.len..self.payload.end))
    }

    /// The payload, 64-byte aligned.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.source.bytes(&self.payload)
    }

    /// Decodes the metadata.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::BadMetadata`] if it does not decode.
    pub fn meta(&self) -> Result<ArtifactMeta, ArtifactError> {
        self.view().meta()
    }

    /// The warnings among the metadata.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::BadMetadata`] if the metadata do not decode.
    pub fn warnings(&self) -> Result<Vec<MetaWarning>, ArtifactError> {
        self.view().warnings()
    }

    fn view(&self) -> ArtifactView<'_> {
        ArtifactView { key: self.key, meta_bytes: self.source.bytes(&self.meta), payload: self.payload() }
    }

    /// The key it is stored under.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// Whether it lies in a pack, rather than in a file of its own.
    #[must_use]
    pub fn is_in_pack(&self) -> bool {
        matches!(self.source, Source::Pack(_))
    }

    /// All of the artifact, in the bytes of a file of its own.
    #[must_use]
    pub fn file_bytes(&self) -> &[u8] {
        // The metadata follow the header at once, in a file and in a pack.
        let start = self.meta.start.saturating_sub(artifact::HEADER_LEN as usize);
        self.source.bytes(&(start..self.payload.end))
    }

    /// Size of the artifact with its header, in bytes.
    #[must_use]
    pub fn file_len(&self) -> u64 {
        self.len as u64
    }
}

/// Why an object or a pack is not usable.
#[derive(Clone, Debug, Error)]
pub(crate) enum Fault {
    #[error("absent")]
    Absent,
    #[error(transparent)]
    Corrupt(ArtifactError),
    #[error("pack: {0}")]
    BadPack(PackError),
    #[error("not a file")]
    NotAFile,
    #[error("{0}")]
    Unreadable(String),
}

impl Fault {
    pub(crate) fn miss_reason(self) -> MissReason {
        match self {
            Self::Absent => MissReason::Absent,
            Self::Corrupt(_) | Self::BadPack(_) => MissReason::Corrupt(self.to_string()),
            Self::NotAFile | Self::Unreadable(_) => MissReason::Unreadable(self.to_string()),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Absent,
            _ => Self::Unreadable(reason(&error)),
        }
    }
}

/// The open file of an object, not verified.
pub(crate) struct OpenObject {
    file: File,
    len: u64,
    modified: io::Result<SystemTime>,
}

pub(crate) fn open_object(path: &Path) -> Result<OpenObject, Fault> {
    let file = platform::open_for_read(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(Fault::NotAFile);
    }
    Ok(OpenObject { file, len: meta.len(), modified: meta.modified() })
}

impl OpenObject {
    pub(crate) fn map(&self) -> io::Result<Mapping> {
        let len = usize::try_from(self.len).map_err(|_| ErrorKind::FileTooLarge)?;
        Mapping::with_len(&self.file, len)
    }

    /// Size of the file, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The content, if it is at most `limit` bytes.
    pub(crate) fn read(&self, limit: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.len.min(limit)).unwrap_or_default() + 1);
        (&self.file).take(limit + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= limit).then_some(bytes)
    }

    pub(crate) fn verify(&self, key: &Key) -> Result<Artifact, Fault> {
        let map = self.map()?;
        let (key, sections) = artifact::locate(&map, Some(key)).map_err(Fault::Corrupt)?;
        let (meta, payload) = (sections.meta, sections.payload);
        Ok(Artifact { len: map.len(), source: Source::File(map), key, meta, payload })
    }

    pub(crate) fn modified(&self) -> io::Result<SystemTime> {
        self.modified.as_ref().copied().map_err(|error| error.kind().into())
    }

    /// Marks the object as used, at most once an hour. A time in the future is corrected too,
    /// or the object would never become the least recently used.
    pub(crate) fn touch(&self) {
        let Ok(modified) = self.modified() else { return };
        let now = SystemTime::now();
        let distance = now.duration_since(modified).unwrap_or_else(|future| future.duration());
        if distance > TOUCH_INTERVAL {
            let _ = self.file.set_modified(now);
        }
    }
}
