//! What the tests share.

use std::fs::{self, File};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use pyc_rs_cache::{ArtifactMeta, Key, Lookup, MetaWarning, Mode, PutOutcome, Store};
use tempfile::TempDir;

pub const HOUR: Duration = Duration::from_hours(1);
pub const DAY: Duration = Duration::from_hours(24);

/// A store in a folder that vanishes with it.
pub struct TestStore {
    pub store: Store,
    dir: TempDir,
}

impl TestStore {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("cache"), Mode::ReadWrite);
        Self { store, dir }
    }

    /// Another store in the same folder, as another process would open it.
    pub fn reopen(&self, mode: Mode) -> Store {
        Store::open(self.dir.path().join("cache"), mode)
    }

    /// A path below `v1`.
    pub fn path(&self, rest: &str) -> PathBuf {
        self.dir.path().join("cache/v1").join(rest)
    }

    /// Stores an object of this payload and returns its path.
    pub fn add(&self, key: Key, payload: &[u8]) -> PathBuf {
        let outcome = self.store.put(&key, &meta(), payload).unwrap();
        assert!(matches!(outcome, PutOutcome::Stored { .. }));
        self.object(key)
    }

    pub fn object(&self, key: Key) -> PathBuf {
        self.store.object_path(&key).unwrap()
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub fn key(n: u8) -> Key {
    Key::from_bytes([n; 32])
}

pub fn meta() -> ArtifactMeta {
    ArtifactMeta {
        source_len: 6,
        first_path: String::new(),
        engine: "engine 1".to_owned(),
        has_docstring: true,
        code_objects: 3,
        mode: 0,
        optimize: 2,
        warnings: vec![MetaWarning { line: 4, message: "invalid escape sequence".to_owned() }],
    }
}

pub fn payload_of(lookup: &Lookup) -> Option<&[u8]> {
    match lookup {
        Lookup::Hit(artifact) => Some(artifact.payload()),
        Lookup::Miss(_) => None,
    }
}

/// Sets the modification time of a file to some time ago. Works on read-only files too.
pub fn backdate(path: &Path, age: Duration) {
    let file = File::open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

pub fn age(path: &Path) -> Duration {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    SystemTime::now().duration_since(modified).unwrap_or_default()
}

/// Replaces the content of an object behind the back of the store.
pub fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

pub fn names_in(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

pub fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

/// Whether permissions mean anything to this user. Root may write anywhere.
#[cfg(unix)]
pub fn permissions_apply() -> bool {
    !rustix::process::geteuid().is_root()
}
