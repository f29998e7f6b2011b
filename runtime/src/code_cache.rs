//! The one way from a source to the bytes of its code object: look it up, or
//! compile it and keep it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use pyc_rs_cache::{
    Artifact, ArtifactMeta, Key, KeyInputs, Lookup, MetaWarning, MissReason, Mode as StoreMode, NewObject, Store,
};
use pyc_rs_compiler::{CompileError, Compiled, Options, Stack, SyntaxWarning, compile, engine};

use crate::resident::Resident;

/// Where code came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The store had it.
    Hit,
    /// It was compiled, and put into the store.
    Miss,
    /// It came from a bundle.
    Bundle,
    /// There is no store; it was compiled.
    Off,
}

impl Origin {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bundle => "bundle",
            Self::Off => "off",
        }
    }
}

/// What is told to an observer for each piece of code that is loaded.
#[derive(Debug)]
pub struct LoadEvent<'a> {
    /// The module's name, or the file's.
    pub name: &'a str,
    /// Where its code came from.
    pub origin: Origin,
    /// How long it took to get the code object, decoding included.
    pub elapsed: Duration,
    /// The source it was made from, unless it came from a bundle.
    pub source: Option<LoadedSource<'a>>,
}

/// The source of code that is loaded.
#[derive(Clone, Copy, Debug)]
pub struct LoadedSource<'a> {
    /// Its path, or what stands for one: `<string>`.
    pub path: &'a str,
    /// The key of its code.
    pub key: Key,
    /// How it is compiled.
    pub options: Options,
    /// Why the store did not have its code, if it did not.
    pub missed: Option<&'a MissReason>,
}

/// Something that went wrong with the cache, which no run fails for.
pub type Warn = dyn Fn(&str) + Send + Sync;
/// Is told of each load.
pub type Observe = dyn Fn(&LoadEvent<'_>) + Send + Sync;

/// A store, and what to tell whom about it. Cheap to clone.
#[derive(Clone)]
pub struct CodeCache {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    warn: Option<Box<Warn>>,
    observe: Option<Box<Observe>>,
    warned: AtomicBool,
    resident: Resident,
}

/// The bytes of a code object.
pub struct Code {
    bytes: Bytes,
    /// Where they came from.
    pub origin: Origin,
    /// What Python warns about when it compiles this source.
    pub warnings: Vec<SyntaxWarning>,
    /// The key of this code.
    pub(crate) key: Key,
    /// Why the store did not have it, if it did not.
    pub(crate) missed: Option<MissReason>,
}

#[derive(Clone)]
enum Bytes {
    Mapped(Arc<Artifact>),
    Fresh(Arc<[u8]>),
}

impl Code {
    /// The encoded code object.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(artifact) => artifact.payload(),
            Bytes::Fresh(bytes) => bytes,
        }
    }

    /// Whether it lies in a pack, which stays mapped: finding it there again costs little more
    /// than finding it among what is kept at hand, and less than keeping it does.
    fn is_in_pack(&self) -> bool {
        matches!(&self.bytes, Bytes::Mapped(artifact) if artifact.is_in_pack())
    }

    /// The code of a module in a bundle.
    pub(crate) fn bundled(key: Key, payload: &[u8]) -> Self {
        Self { bytes: Bytes::Fresh(payload.into()), origin: Origin::Bundle, warnings: Vec::new(), key, missed: None }
    }

    /// The same code, as it is when it is found and not made.
    pub(crate) fn as_hit(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            origin: Origin::Hit,
            warnings: self.warnings.clone(),
            key: self.key,
            missed: None,
        }
    }
}

impl CodeCache {
    /// A cache on this store, telling nobody anything.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self::with_reports(store, None, None)
    }

    /// A cache on this store. `warn` is called at most once, when the store
    /// cannot be written; `observe` for each load.
    #[must_use]
    pub fn with_reports(store: Store, warn: Option<Box<Warn>>, observe: Option<Box<Observe>>) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                warn,
                observe,
                warned: AtomicBool::new(false),
                resident: Resident::default(),
            }),
        }
    }

    /// A cache that keeps nothing: everything is compiled, in memory.
    #[must_use]
    pub fn off() -> Self {
        Self::new(Store::off())
    }

    /// The store underneath.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The key of a source compiled with these options.
    #[must_use]
    pub fn key(source: &[u8], options: Options) -> Key {
        KeyInputs {
            source,
            mode: options.mode.code(),
            optimize: options.optimize.level(),
            flags: options.flags(),
            engine: engine::FINGERPRINT,
        }
        .key()
    }

    /// The code object of a source, from the store or compiled now.
    ///
    /// A store that cannot be read or written costs time, never the run.
    ///
    /// # Errors
    ///
    /// When the source has to be compiled and cannot be.
    pub fn load(&self, source: &[u8], options: Options, stack: Stack) -> Result<Arc<Code>, CompileError> {
        let key = Self::key(source, options);
        self.look_up(&key).or_else(|missed| self.make(key, missed, source, options, stack))
    }

    /// As [`load`](Self::load), but `None` for a source that would have to be compiled and may take long
    /// ([`is_light`](pyc_rs_compiler::is_light)).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn load_if_light(
        &self,
        source: &[u8],
        options: Options,
        stack: Stack,
    ) -> Result<Option<Arc<Code>>, CompileError> {
        let key = Self::key(source, options);
        match self.look_up(&key) {
            Ok(code) => Ok(Some(code)),
            Err(_) if !pyc_rs_compiler::is_light(source) => Ok(None),
            Err(missed) => self.make(key, missed, source, options, stack).map(Some),
        }
    }

    fn look_up(&self, key: &Key) -> Result<Arc<Code>, MissReason> {
        if let Some(code) = self.inner.resident.get(key) {
            return Ok(code);
        }
        let artifact = match self.inner.store.get(key) {
            Lookup::Hit(artifact) => artifact,
            Lookup::Miss(reason) => return Err(reason),
        };
        let warnings = artifact.warnings().map(from_meta).unwrap_or_default();
        let bytes = Bytes::Mapped(Arc::new(artifact));
        let code = Arc::new(Code { bytes, origin: Origin::Hit, warnings, key: *key, missed: None });
        if !code.is_in_pack() {
            self.inner.resident.keep(*key, &code);
        }
        Ok(code)
    }

    fn make(
        &self,
        key: Key,
        missed: MissReason,
        source: &[u8],
        options: Options,
        stack: Stack,
    ) -> Result<Arc<Code>, CompileError> {
        let since = Instant::now();
        let compiled = compile(source, options, stack)?;
        let is_kept = missed != MissReason::Off;
        if is_kept {
            self.inner.store.counters().count_made(since.elapsed());
            self.keep(&key, source.len(), options, &compiled);
        }
        let origin = if is_kept { Origin::Miss } else { Origin::Off };
        let (bytes, warnings) = (Bytes::Fresh(compiled.payload.into()), compiled.warnings);
        let code = Arc::new(Code { bytes, origin, warnings, key, missed: Some(missed) });
        if is_kept {
            self.inner.resident.keep(key, &code);
        }
        Ok(code)
    }

    /// Lets go of the code that is kept at hand, so that the next load of each
    /// source goes to the store again.
    pub fn forget(&self) {
        self.inner.resident.clear();
    }

    /// Puts a compiled source into the store. A failure is reported once.
    pub fn keep(&self, key: &Key, source_len: usize, options: Options, compiled: &Compiled) {
        let meta = metadata(source_len, options, compiled);
        if let Err(error) = self.inner.store.put(key, &meta, &compiled.payload) {
            self.warn_once(&error.to_string());
        }
    }

    /// The object that [`keep`](Self::keep) would put into the store. A failure is
    /// reported once.
    pub(crate) fn encode(
        &self,
        key: &Key,
        source_len: usize,
        options: Options,
        compiled: &Compiled,
    ) -> Option<NewObject> {
        let object = NewObject::encode(key, &metadata(source_len, options, compiled), &compiled.payload);
        object.inspect_err(|error| self.warn_once(&error.to_string())).ok()
    }

    /// Puts many objects into the store at once. A failure is reported once.
    pub(crate) fn keep_all(&self, objects: Vec<NewObject>) {
        if let Err(error) = self.inner.store.put_all(objects) {
            self.warn_once(&error.to_string());
        }
    }

    /// Reports a load to the observer, if there is one.
    pub(crate) fn observed(&self, name: &str, origin: Origin, since: Instant, source: Option<LoadedSource<'_>>) {
        if let Some(observe) = &self.inner.observe {
            observe(&LoadEvent { name, origin, elapsed: since.elapsed(), source });
        }
    }

    fn warn_once(&self, message: &str) {
        if let Some(warn) = &self.inner.warn
            && !self.inner.warned.swap(true, Ordering::Relaxed)
        {
            warn(message);
        }
    }
}

impl std::fmt::Debug for CodeCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeCache").field("root", &self.inner.store.root()).finish_non_exhaustive()
    }
}

/// What an artifact says about the source it was made from. The path is left
/// out: the same source at two paths must be the same bytes.
pub(crate) fn metadata(source_len: usize, options: Options, compiled: &Compiled) -> ArtifactMeta {
    ArtifactMeta {
        source_len: source_len as u64,
        first_path: String::new(),
        engine: engine::FINGERPRINT.to_owned(),
        has_docstring: compiled.has_docstring,
        code_objects: compiled.code_objects,
        mode: options.mode.code(),
        optimize: options.optimize.level(),
        warnings: compiled
            .warnings
            .iter()
            .map(|warning| MetaWarning { line: warning.line, message: warning.message.clone() })
            .collect(),
    }
}

pub(crate) fn from_meta(warnings: Vec<MetaWarning>) -> Vec<SyntaxWarning> {
    warnings.into_iter().map(|warning| SyntaxWarning { line: warning.line, message: warning.message }).collect()
}

/// Opens the store at `root`, or where the environment and the platform's
/// customs say; without any such place, nothing is kept. If the environment names
/// a read-only store (`PYC_RS_BASE_CACHE_DIR`), that is looked into first, unless
/// the mode is off.
#[must_use]
pub fn open_store(root: Option<std::path::PathBuf>, mode: StoreMode) -> Store {
    let store = match root.or_else(pyc_rs_cache::default_cache_dir) {
        Some(root) => Store::open(root, mode),
        None => Store::off(),
    };
    match pyc_rs_cache::base_cache_dir().filter(|_| mode != StoreMode::Off) {
        Some(base) => store.with_base(base),
        None => store,
    }
}
