//! Opening a bundle to run it or to look at it.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use pyc_rs_cache::{Bundle, BundleError, BundleManifest, EntryKind, Mapping};
use pyc_rs_compiler::{Options, engine};

/// A bundle that was opened: its index is verified, each entry will be when it is first used.
pub struct BundleFile {
    path: PathBuf,
    bundle: Bundle<BundleBytes>,
    manifest: BundleManifest,
}

/// The bytes of a bundle in memory.
pub enum BundleBytes {
    /// The file, mapped.
    Mapped(Mapping),
    /// A copy that nobody else can change.
    Owned(Vec<u8>),
}

impl AsRef<[u8]> for BundleBytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(mapping) => mapping,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is damaged, or no bundle of this version.
    #[error("{}: {error}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: BundleError,
    },
    /// Its code is for another engine, and its sources are not in it.
    #[error("{} was compiled for another engine ({engine}); this one is {}", path.display(), engine::FINGERPRINT)]
    Engine {
        /// The file.
        path: PathBuf,
        /// Fingerprint of the engine that it is for.
        engine: String,
    },
}

impl OpenError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Engine { .. } => Some(
                "build it again with this version, by `pyc-rs compile -o`; with --with-source it would run on any version",
            ),
            Self::Bundle { error: BundleError::UnsupportedVersion { .. }, .. } => {
                Some("build it again with this version, by `pyc-rs compile -o`")
            }
            Self::Bundle { error: BundleError::BadMagic | BundleError::TooShort { .. }, .. } => {
                Some("bundles are made by `pyc-rs compile -o`")
            }
            Self::Bundle { .. } => Some("the file is damaged: copy or build it again"),
            Self::Read { .. } => None,
        }
    }
}

impl BundleFile {
    /// Opens and maps a bundle and verifies its index.
    ///
    /// The file must not be written to while it is open. To replace it, write another one and
    /// rename it, as `pyc-rs compile -o` does.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no bundle of this version. The engine is not looked
    /// at: see [`BundleFile::check_engine`].
    pub fn open(path: impl AsRef<Path>) -> Result<Arc<Self>, OpenError> {
        let path = path.as_ref();
        let read = |source: io::Error| OpenError::Read { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(read)?;
        if file.metadata().map_err(read)?.is_dir() {
            return Err(read(io::ErrorKind::IsADirectory.into()));
        }
        let mapping = Mapping::new(&file).map_err(read)?;
        Self::new(path, BundleBytes::Mapped(mapping))
    }

    /// Opens a bundle that is in memory. `path` is what its modules show as their file.
    ///
    /// # Errors
    ///
    /// When the bytes are no bundle of this version.
    pub fn from_bytes(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Arc<Self>, OpenError> {
        Self::new(path.as_ref(), BundleBytes::Owned(bytes))
    }

    fn new(path: &Path, bytes: BundleBytes) -> Result<Arc<Self>, OpenError> {
        let failed = |error| OpenError::Bundle { path: path.to_owned(), error };
        let bundle = Bundle::open(bytes).map_err(failed)?;
        let manifest = bundle.manifest().map_err(failed)?;
        Ok(Arc::new(Self { path: path.to_owned(), bundle, manifest }))
    }

    /// The path it was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bundle in it.
    #[must_use]
    pub fn bundle(&self) -> &Bundle<BundleBytes> {
        &self.bundle
    }

    /// What it says about itself.
    #[must_use]
    pub fn manifest(&self) -> &BundleManifest {
        &self.manifest
    }

    /// How its code was compiled.
    #[must_use]
    pub fn options(&self) -> Options {
        Options::from_parts(self.manifest.optimize, self.manifest.flags)
    }

    /// Whether its code is for this engine.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.bundle.is_from_engine(engine::FINGERPRINT)
    }

    /// Whether this engine can run it: its code is for this engine, or there is a source to
    /// compile again for each module.
    ///
    /// # Errors
    ///
    /// [`OpenError::Engine`] if not.
    pub fn check_engine(&self) -> Result<(), OpenError> {
        let modules = || self.bundle.entries().filter(|entry| entry.kind == EntryKind::Code);
        if self.is_native() || modules().all(|module| self.bundle.find(module.name, EntryKind::Source).is_some()) {
            return Ok(());
        }
        Err(OpenError::Engine { path: self.path.clone(), engine: self.manifest.engine.clone() })
    }
}

/// Bundles are the same if they have the same bytes and the same path.
impl PartialEq for BundleFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.bundle.whole() == other.bundle.whole()
    }
}

impl Eq for BundleFile {}

impl fmt::Debug for BundleFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundleFile").field("path", &self.path).field("bundle", &self.bundle).finish_non_exhaustive()
    }
}
