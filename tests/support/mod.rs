//! What the black-box tests share: the built binary, and a cache of one's own.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]

pub mod bundles;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::SystemTime,
};

use pyc_rs_cache::{Key, Pack};
use tempfile::TempDir;

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_pyc-rs");

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A scratch folder with a cache in it, gone at the end of the test.
pub struct Room {
    folder: TempDir,
}

impl Room {
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("pyc-rs-test").tempdir().unwrap() }
    }

    /// A room whose cache was tidied a moment ago, so that no command leaves a process
    /// behind that tidies it.
    pub fn tidy() -> Self {
        let room = Self::new();
        let version = room.cache_dir().join("v1");
        for folder in [&room.cache_dir(), &version] {
            std::fs::DirBuilder::new().mode(0o700).create(folder).unwrap();
        }
        std::fs::write(version.join("gc.stamp"), "").unwrap();
        room
    }

    /// The folder that commands run in.
    pub fn path(&self) -> PathBuf {
        let path = self.folder.path().join("work");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    pub fn cache_dir(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Marks the cache as tidied just now, so that no run leaves a `cache gc` behind.
    pub fn tidied(&self) {
        let stamp = self.cache_dir().join("v1/gc.stamp");
        std::fs::create_dir_all(stamp.parent().unwrap()).unwrap();
        std::fs::write(stamp, "").unwrap();
    }

    /// Writes a file below the working folder, with its parents.
    pub fn write(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The command, in the working folder, with this cache and a clean environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        clean(&mut command);
        command.current_dir(self.path()).env("PYC_RS_CACHE_DIR", self.cache_dir());
        command
    }

    /// Runs the command with these arguments and no input.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        Ran::from(self.command().args(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs the command with these arguments and this input.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Ran {
        let mut command = self.command();
        command.args(arguments);
        with_input(command, input)
    }

    /// What `cache info` says.
    pub fn info(&self) -> serde_json::Value {
        self.run(&["cache", "info", "--format", "json"]).ok().json()
    }

    /// The bytes of every object in the cache by its key, whether in a file of its own or in
    /// a pack.
    pub fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let loose = self
            .objects()
            .into_iter()
            .map(|path| (name(path.parent().unwrap()) + &name(&path), std::fs::read(&path).unwrap()));
        let mut all: BTreeMap<_, _> = loose.collect();
        for path in self.packs() {
            let pack = Pack::open(std::fs::read(path).unwrap()).unwrap();
            pack.check().unwrap();
            let entry = |(index, key): (usize, Key)| (key.to_string(), pack.bytes_of(index).to_vec());
            all.extend(pack.keys().enumerate().map(entry));
        }
        all
    }

    /// Every pack in the cache, sorted.
    pub fn packs(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect_files(&self.cache_dir().join("v1/packs"), &mut found);
        found.sort();
        found
    }

    /// Every object in the cache that has a file of its own, sorted.
    pub fn objects(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect_files(&self.cache_dir().join("v1/objects"), &mut found);
        found.sort();
        found
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // A process that tidies the cache may be adding a file to a folder that is being removed.
        for _ in 0..100 {
            if std::fs::remove_dir_all(self.folder.path()).is_ok() {
                break;
            }
        }
    }
}

/// Takes away what would make a test depend on who runs it.
pub fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("PYTHON") || name.starts_with("PYC_RS_") || name.starts_with("LC_") {
            command.env_remove(name);
        }
    }
    for name in ["CI", "VIRTUAL_ENV", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"] {
        command.env_remove(name);
    }
    command.env("LANG", "C.UTF-8");
    // No run leaves a process behind that makes an image; the second pass of CI names one.
    command.env("PYC_RS_IMAGE", std::env::var_os("PYC_RS_TEST_IMAGE").unwrap_or_else(|| "off".into()));
}

/// Runs a command to its end with this input.
pub fn with_input(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A program may end without reading all of it.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran::from(output)
}

/// Gives a file a time of its own, so that a test does not depend on how fine the
/// clock of the file system is. Read-only files can be given one too.
pub fn set_modified(path: &Path, time: SystemTime) {
    std::fs::File::open(path).unwrap().set_modified(time).unwrap();
}

/// Flips the last bit of a file that nobody writes to, and returns what it was.
pub fn damage(path: &Path) -> Vec<u8> {
    let good = std::fs::read(path).unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bad).unwrap();
    good
}

/// Flips the last bit of every so many objects of a pack; returns their keys.
pub fn damage_packed(path: &Path, step: usize) -> Vec<String> {
    let mut bytes = std::fs::read(path).unwrap();
    let pack = Pack::open(bytes.clone()).unwrap();
    // Objects lie in the order of their keys, each at the next multiple of 64.
    let rows = 64 + 64 * pack.len().div_ceil(64) + 48 * pack.len();
    let mut end = rows;
    let mut damaged = Vec::new();
    for (index, key) in pack.keys().enumerate() {
        end = end.next_multiple_of(64) + pack.bytes_of(index).len();
        if index % step == 0 {
            bytes[end - 1] ^= 1;
            damaged.push(key.to_string());
        }
    }
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    damaged
}

pub fn collect_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ran {
    /// `None` when a signal ended it.
    pub status: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        Self {
            status: output.status.code(),
            signal: output.status.signal(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Panics unless the command succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self
    }

    /// Panics unless the command ended with this status.
    #[track_caller]
    pub fn status(self, expected: i32) -> Self {
        assert_eq!(self.status, Some(expected), "{self:#?}");
        self
    }

    /// The one JSON value on standard output.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// How many modules were compiled, by the lines of `run -v`.
    pub fn compiled_modules(&self) -> usize {
        self.stderr.lines().filter(|line| line.starts_with("pyc-rs: miss ")).count()
    }
}
